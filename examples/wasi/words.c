// SPDX-License-Identifier: MIT
// Word statistics of a text. As a task it reads a part of the text from stdin and writes what it counted;
// with --merge it adds up the parts in in/00000, in/00001, ... and writes JSON.
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_WORD = 64, MOST_SENTENCE = 512, WINDOWS = 100, WINDOW_STEP = 10 };

typedef struct {
  char text[LONGEST_WORD];
  long count;
  int common;
} Word;

typedef struct {
  Word *words;
  size_t size, capacity;
  int *slots;
  size_t slot_count;
} Vocabulary;

typedef struct {
  long paragraphs, sentences, words, letters, syllables;
  long lengths[MOST_SENTENCE];
  double diversity[WINDOWS];
  long windows[WINDOWS];
  Vocabulary vocabulary;
} Statistics;

static void die(const char *why, const char *what) {
  fprintf(stderr, "words: %s %s\n", why, what);
  exit(1);
}

static void *memory(void *old, size_t bytes) {
  void *p = realloc(old, bytes);
  if (!p) die("out of memory", "");
  return p;
}

static size_t slot_of(const Vocabulary *v, const char *text) {
  unsigned long long h = 1469598103934665603ull;
  for (const char *p = text; *p; p++) h = (h ^ (unsigned char)*p) * 1099511628211ull;
  size_t slot = h % v->slot_count;
  while (v->slots[slot] >= 0 && strcmp(v->words[v->slots[slot]].text, text) != 0) slot = (slot + 1) % v->slot_count;
  return slot;
}

/** The word's number; a new word is counted zero times so far. */
static int intern(Vocabulary *v, const char *text) {
  if (v->size * 2 >= v->slot_count) {
    v->slot_count = v->slot_count ? v->slot_count * 2 + 1 : 4093;
    v->slots = memory(v->slots, v->slot_count * sizeof *v->slots);
    memset(v->slots, -1, v->slot_count * sizeof *v->slots);
    for (size_t i = 0; i < v->size; i++) v->slots[slot_of(v, v->words[i].text)] = (int)i;
  }
  size_t slot = slot_of(v, text);
  if (v->slots[slot] >= 0) return v->slots[slot];
  if (v->size == v->capacity) {
    v->capacity = v->capacity ? v->capacity * 2 : 2048;
    v->words = memory(v->words, v->capacity * sizeof *v->words);
  }
  Word *word = &v->words[v->size];
  memset(word, 0, sizeof *word);
  strncpy(word->text, text, LONGEST_WORD - 1);
  v->slots[slot] = (int)v->size;
  return (int)v->size++;
}

/** Good until the next new word. */
static Word *word_of(Vocabulary *v, const char *text) {
  const int number = intern(v, text);
  return &v->words[number];
}

static void read_common(Vocabulary *v, const char *path) {
  FILE *file = fopen(path, "r");
  char line[LONGEST_WORD];
  if (!file) die("cannot open", path);
  while (fgets(line, sizeof line, file)) {
    line[strcspn(line, "\r\n")] = 0;
    if (*line) word_of(v, line)->common = 1;
  }
  fclose(file);
}

static long syllables_of(const char *word) {
  long groups = 0;
  int in_group = 0;
  size_t length = strlen(word);
  for (size_t i = 0; i < length; i++) {
    int vowel = strchr("aeiouy", word[i]) != NULL;
    if (vowel && !in_group) groups++;
    in_group = vowel;
  }
  if (length > 2 && word[length - 1] == 'e' && !strchr("aeiouyl", word[length - 2]) && groups > 1) groups--;
  return groups > 0 ? groups : 1;
}

static int is_title(const char *word) {
  static const char *const titles[] = {"mr", "mrs", "dr", "st", "capt", "messrs"};
  for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
    if (strcmp(word, titles[i]) == 0) return 1;
  return 0;
}

static void end_sentence(Statistics *s, long *length) {
  if (*length == 0) return;
  s->sentences++;
  s->lengths[*length < MOST_SENTENCE ? *length : MOST_SENTENCE - 1]++;
  *length = 0;
}

/** Bytes that may stand between a full stop and the blank behind it: quotation marks and brackets. */
static int is_closing(const unsigned char *at, size_t *bytes) {
  if (*at == '"' || *at == '\'' || *at == ')' || *at == ']') return *bytes = 1;
  if (at[0] == 0xe2 && at[1] == 0x80 && (at[2] == 0x99 || at[2] == 0x9d)) return *bytes = 3;
  return 0;
}

/** Reads one word (ASCII letters, Latin letters with accents, apostrophes inside) and tells where it ends. */
static const unsigned char *read_word(const unsigned char *at, char *word, long *letters) {
  size_t length = 0;
  for (;;) {
    size_t bytes;
    char lower[2] = {0, 0};
    if (isalpha(*at)) bytes = 1, lower[0] = (char)tolower(*at);
    else if (*at >= 0xc3 && *at <= 0xc9 && at[1] >= 0x80) {
      bytes = 2;
      lower[0] = (char)at[0];
      lower[1] = (char)(at[0] == 0xc3 && at[1] < 0x9f && at[1] != 0x97 ? at[1] + 0x20 : at[1]);
    } else if (*at == '\'' && length > 0 && isalpha(at[1])) bytes = 1, lower[0] = '\'';
    else break;
    if (lower[0] != '\'') ++*letters;
    if (length + bytes < LONGEST_WORD) {
      memcpy(word + length, lower, bytes);
      length += bytes;
    }
    at += bytes;
  }
  word[length] = 0;
  return at;
}

typedef struct {
  int *numbers;
  size_t size, capacity;
} Tokens;

static void count_paragraph(Statistics *s, Tokens *tokens, const unsigned char *at) {
  char word[LONGEST_WORD] = "";
  long sentence = 0;
  while (*at) {
    const unsigned char *behind = read_word(at, word, &s->letters);
    if (behind != at) {
      int number = intern(&s->vocabulary, word);
      s->vocabulary.words[number].count++;
      s->words++;
      s->syllables += syllables_of(word);
      sentence++;
      if (tokens->size == tokens->capacity) {
        tokens->capacity = tokens->capacity ? tokens->capacity * 2 : 8192;
        tokens->numbers = memory(tokens->numbers, tokens->capacity * sizeof *tokens->numbers);
      }
      tokens->numbers[tokens->size++] = number;
      at = behind;
      if (*at == '.' && is_title(word)) at++;
      continue;
    }
    int stop = *at == '.' || *at == '!' || *at == '?';
    at++;
    if (!stop) continue;
    size_t bytes;
    while (is_closing(at, &bytes)) at += bytes;
    if (*at == 0 || isspace(*at)) end_sentence(s, &sentence);
  }
  end_sentence(s, &sentence);
}

/** Moving-average type/token ratio (Covington and McFall 2010) for windows of 10, 20, ... 1000 words. */
static void measure_diversity(Statistics *s, const Tokens *tokens) {
  long *seen = memory(NULL, s->vocabulary.size * sizeof *seen);
  for (int w = 0; w < WINDOWS; w++) {
    size_t window = (size_t)(w + 1) * WINDOW_STEP;
    long distinct = 0, sum = 0;
    memset(seen, 0, s->vocabulary.size * sizeof *seen);
    for (size_t i = 0; i < tokens->size; i++) {
      if (seen[tokens->numbers[i]]++ == 0) distinct++;
      if (i >= window && --seen[tokens->numbers[i - window]] == 0) distinct--;
      if (i + 1 >= window) sum += distinct, s->windows[w]++;
    }
    s->diversity[w] = (double)sum / (double)window;
  }
  free(seen);
}

static void write_part(const Statistics *s) {
  printf("paragraphs %ld\nsentences %ld\nwords %ld\n", s->paragraphs, s->sentences, s->words);
  printf("letters %ld\nsyllables %ld\n", s->letters, s->syllables);
  for (int i = 0; i < MOST_SENTENCE; i++)
    if (s->lengths[i]) printf("length %d %ld\n", i, s->lengths[i]);
  for (int w = 0; w < WINDOWS; w++)
    if (s->windows[w]) printf("diversity %d %ld %.6f\n", w, s->windows[w], s->diversity[w]);
  for (size_t i = 0; i < s->vocabulary.size; i++) {
    const Word *word = &s->vocabulary.words[i];
    if (word->count) printf("word %ld %d %s\n", word->count, word->common, word->text);
  }
}

static void count_part(Statistics *s, const char *common_path) {
  char *line = NULL;
  size_t capacity = 0;
  Tokens tokens = {0};
  read_common(&s->vocabulary, common_path);
  while (getline(&line, &capacity, stdin) >= 0) {
    line[strcspn(line, "\r\n")] = 0;
    if (!*line) continue;
    s->paragraphs++;
    count_paragraph(s, &tokens, (const unsigned char *)line);
  }
  measure_diversity(s, &tokens);
  write_part(s);
}

static void add_line(Statistics *s, const char *line) {
  long value, count;
  double sum;
  int key, common;
  char text[LONGEST_WORD];
  if (sscanf(line, "word %ld %d %63s", &count, &common, text) == 3) {
    Word *word = word_of(&s->vocabulary, text);
    word->count += count;
    word->common = common;
  } else if (sscanf(line, "length %d %ld", &key, &count) == 2) s->lengths[key] += count;
  else if (sscanf(line, "diversity %d %ld %lf", &key, &count, &sum) == 3) {
    s->windows[key] += count;
    s->diversity[key] += sum;
  } else if (sscanf(line, "paragraphs %ld", &value) == 1) s->paragraphs += value;
  else if (sscanf(line, "sentences %ld", &value) == 1) s->sentences += value;
  else if (sscanf(line, "words %ld", &value) == 1) s->words += value;
  else if (sscanf(line, "letters %ld", &value) == 1) s->letters += value;
  else if (sscanf(line, "syllables %ld", &value) == 1) s->syllables += value;
  else die("cannot read the line", line);
}

static int by_count(const void *a, const void *b) {
  const Word *x = a, *y = b;
  if (x->count != y->count) return x->count < y->count ? 1 : -1;
  return strcmp(x->text, y->text);
}

static long sentence_length_at(const Statistics *s, double share) {
  long below = 0;
  for (int i = 0; i < MOST_SENTENCE; i++) {
    below += s->lengths[i];
    if ((double)below >= share * (double)s->sentences) return i;
  }
  return MOST_SENTENCE;
}

static void write_top(const Statistics *s, int common, int top) {
  int written = 0;
  for (size_t i = 0; i < s->vocabulary.size && written < top; i++) {
    const Word *word = &s->vocabulary.words[i];
    if (word->common != common) continue;
    printf("%s\n    { \"word\": \"%s\", \"count\": %ld }", written ? "," : "", word->text, word->count);
    written++;
  }
}

static void write_report(const Statistics *s, int parts, int top) {
  const double words = (double)s->words, sentences = (double)s->sentences;
  long once = 0, longest = 0;
  qsort(s->vocabulary.words, s->vocabulary.size, sizeof(Word), by_count);
  for (size_t i = 0; i < s->vocabulary.size; i++) once += s->vocabulary.words[i].count == 1;
  for (int i = 0; i < MOST_SENTENCE; i++)
    if (s->lengths[i]) longest = i;
  printf("{\n  \"parts\": %d,\n  \"paragraphs\": %ld,\n  \"sentences\": %ld,\n", parts, s->paragraphs, s->sentences);
  printf("  \"words\": %ld,\n  \"distinctWords\": %zu,\n  \"wordsUsedOnce\": %ld,\n", s->words, s->vocabulary.size, once);
  printf("  \"typeTokenRatio\": %.6f,\n", (double)s->vocabulary.size / words);
  printf("  \"lettersPerWord\": %.4f,\n  \"syllablesPerWord\": %.4f,\n", (double)s->letters / words, (double)s->syllables / words);
  printf("  \"sentenceLength\": { \"mean\": %.4f, \"median\": %ld, \"longest\": %ld },\n", words / sentences, sentence_length_at(s, 0.5), longest);
  printf("  \"readingEase\": %.2f,\n", 206.835 - 1.015 * words / sentences - 84.6 * (double)s->syllables / words);
  printf("  \"diversityByWindow\": {");
  for (int w = WINDOWS / 10 - 1, first = 1; w < WINDOWS; w += WINDOWS / 10, first = 0)
    printf("%s \"%d\": %.5f", first ? "" : ",", (w + 1) * WINDOW_STEP, s->windows[w] ? s->diversity[w] / (double)s->windows[w] : 0);
  printf(" },\n  \"topWords\": [");
  write_top(s, 0, top);
  printf("\n  ],\n  \"topCommonWords\": [");
  write_top(s, 1, top);
  printf("\n  ]\n}\n");
}

static void merge(Statistics *s, int top) {
  char line[256];
  int parts = 0;
  for (;; parts++) {
    snprintf(line, sizeof line, "in/%05d", parts);
    FILE *file = fopen(line, "r");
    if (!file) break;
    while (fgets(line, sizeof line, file)) add_line(s, line);
    fclose(file);
  }
  if (parts == 0) die("there is nothing to merge in", "in/");
  write_report(s, parts, top);
}

int main(int argc, char **argv) {
  static Statistics statistics;
  const char *common = NULL;
  int merging = 0, top = 25;
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "--merge") == 0) merging = 1;
    else if (strcmp(argv[i], "--top") == 0 && i + 1 < argc) top = atoi(argv[++i]);
    else if (strcmp(argv[i], "--common") == 0 && i + 1 < argc) common = argv[++i];
    else die("unknown option", argv[i]);
  }
  if (merging) merge(&statistics, top);
  else if (common) count_part(&statistics, common);
  else die("say --common FILE or --merge", "");
  return 0;
}
