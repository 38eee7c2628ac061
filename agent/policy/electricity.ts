// SPDX-License-Identifier: MIT
import type { Settings } from '../../protocol/settings.ts';
import type { SuspendReason } from '../../protocol/suspend-reasons.ts';
import type { LocalTime } from '../ports.ts';
import { edgesOf, inWindow, nextMoment } from './calendar.ts';
import { endsAt, type Look } from './rule.ts';

const WATTS_PER_KILOWATT = 1000;
/** By how much earnings must exceed the cost for work to begin again, as a factor. */
const WORTH_IT_AGAIN = 1.1;

/** What electricity costs at a moment, in the owner's currency per kWh: the first window that fits; null: not known. */
export function pricePerKwhAt(settings: Settings, localTime: LocalTime, at: number): number | null {
  const window = settings.tariffWindows.find((one) => inWindow(one, localTime, at));
  return window?.pricePerKwh ?? settings.pricePerKwh;
}

/** The first moment from which on the price is one that will do. */
function nextPrice(
  { settings, facts, now }: Look,
  willDo: (pricePerKwh: number | null) => boolean,
): number | undefined {
  const { tariffWindows } = settings;
  if (tariffWindows.length === 0) return undefined;
  return nextMoment(now, facts.localTime, edgesOf(tariffWindows), (at) =>
    willDo(pricePerKwhAt(settings, facts.localTime, at)),
  );
}

/** Electricity costs more than the owner wants to pay; a price that is not known does too. */
export function powerPrice(look: Look): SuspendReason | undefined {
  const { settings, facts, now } = look;
  const { mostPricePerKwh } = settings;
  if (mostPricePerKwh === null) return undefined;
  const willDo = (price: number | null): boolean => price !== null && price <= mostPricePerKwh;
  const pricePerKwh = pricePerKwhAt(settings, facts.localTime, now);
  if (willDo(pricePerKwh)) return undefined;
  return {
    code: 'power_price',
    ...(pricePerKwh === null ? {} : { pricePerKwh }),
    mostPricePerKwh,
    ...endsAt(nextPrice(look, willDo)),
  };
}

/**
 * Work earns no more than the electricity that it takes. It is a loss too while the owner has not said what electricity
 * costs or what a credit is worth; what only running can tell, it may run to find out.
 */
export function atALoss(look: Look, holds: boolean): SuspendReason | undefined {
  const { settings, facts, now } = look;
  const { creditPrice } = settings;
  const { earnsPerHour: credits, watts } = facts;
  if (!settings.neverAtALoss) return undefined;
  const earnsPerHour = credits === null || creditPrice === null ? undefined : credits * creditPrice;
  const costsAt = (price: number | null): number | undefined =>
    watts === null || price === null ? undefined : (watts / WATTS_PER_KILOWATT) * price;
  const willDo = (price: number | null): boolean => {
    if (creditPrice === null || price === null) return false;
    const costs = costsAt(price);
    if (earnsPerHour === undefined || costs === undefined) return true;
    return earnsPerHour > costs * (holds ? WORTH_IT_AGAIN : 1);
  };
  const price = pricePerKwhAt(settings, facts.localTime, now);
  if (willDo(price)) return undefined;
  const costsPerHour = costsAt(price);
  return {
    code: 'at_a_loss',
    ...(earnsPerHour === undefined ? {} : { earnsPerHour }),
    ...(costsPerHour === undefined ? {} : { costsPerHour }),
    ...endsAt(creditPrice === null ? undefined : nextPrice(look, willDo)),
  };
}
