// SPDX-License-Identifier: MIT
import './no-eval.ts';

import { mount } from 'svelte';

import App from './App.svelte';
import { pageBridge } from './bridge/page-bridge.ts';
import { pageClock } from './system-clock.ts';
import { locale } from './text/page-words.ts';

document.documentElement.lang = locale;

const target = document.getElementById('app');
if (target === null) throw new Error('index.html has no element with the id "app"');
mount(App, { target, props: { bridge: pageBridge(), clock: pageClock } });
