// Draws avatars: standard input has the attributes of one on each line, as JSON; standard output gets their pictures one after the other,
// SIZE × SIZE pixels of 3 bytes. Usage: node render_avatars.mjs SIZE < rows.jsonl > pictures.rgb
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import * as avataaars from '@dicebear/avataaars';
import { createAvatar } from '@dicebear/core';
import { Resvg } from '@resvg/resvg-js';

const BACKGROUND = {
  white: 'ffffff', 'light blue': 'b6e3f4', lavender: 'c0aede', peach: 'ffdfbf', pink: 'ffd5dc', mint: 'c8f0d0', yellow: 'fff3b0', gray: 'd8d8d8',
};
const SKIN = { pale: 'ffdbb4', light: 'edb98a', tan: 'd08b5b', brown: 'ae5d29', dark: '614335' };
const HAIR = {
  auburn: 'a55728', black: '2c1b18', blond: 'd6b370', brown: '724133', 'dark brown': '4a312c',
  pink: 'f59797', platinum: 'ecdcbf', red: 'c93305', gray: 'bfbfc4', blue: '5199e4',
};
const CLOTH = {
  black: '262e33', blue: '5199e4', 'navy blue': '25557c', gray: '929598', 'pale blue': 'b1e2ff', green: '3fae5a',
  pink: 'ff488e', red: 'ff5c5c', white: 'ffffff', yellow: 'f4d13d', purple: '8a4fd1', orange: 'f97316',
};
const FRAMES = '262e33';
const PLACE = { scale: 125, translateY: 6 };
const size = Number(process.argv[2]);

function optional(name, value) {
  return value === 'none' ? { [`${name}Probability`]: 0 } : { [`${name}Probability`]: 100, [name]: [value] };
}

function drawing(row) {
  const hair = HAIR[row.hairColor];
  return createAvatar(avataaars, {
    seed: 'x', // one picture for one set of attributes
    ...PLACE,
    backgroundColor: [BACKGROUND[row.bg]],
    skinColor: [SKIN[row.skin]],
    hairColor: [hair],
    facialHairColor: [hair],
    topProbability: 100,
    top: [row.top],
    hatColor: [CLOTH[row.hatColor]],
    eyes: [row.eyes],
    mouth: [row.mouth],
    eyebrows: [row.eyebrows],
    ...optional('facialHair', row.facialHair),
    ...optional('accessories', row.accessories),
    accessoriesColor: [FRAMES],
    clothing: [row.clothing],
    clothesColor: [CLOTH[row.clothesColor]],
  }).toString();
}

function pixels(svg) {
  const options = { fitTo: { mode: 'width', value: size }, background: '#ffffff', font: { loadSystemFonts: false } };
  const rgba = new Resvg(svg, options).render().pixels;
  const rgb = Buffer.alloc(size * size * 3);
  for (let from = 0, to = 0; to < rgb.length; from += 4, to += 3) rgba.copy(rgb, to, from, from + 3);
  return rgb;
}

function put(bytes) {
  for (let done = 0; done < bytes.length; ) {
    try {
      done += writeSync(1, bytes, done);
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
    }
  }
}

for await (const line of createInterface({ input: process.stdin })) put(pixels(drawing(JSON.parse(line))));
