// What libraries of npm read in pictures: paths of PGM files from the standard input, a line of JSON for each.
"use strict";
const { readFileSync } = require("node:fs");
const zxing = require("@zxing/library");
const jsQR = require("jsqr").default ?? require("jsqr");
const zbar = require("@undecaf/zbar-wasm");

// The two that take a picture in colours have it in RGBA.
function picture(path) {
  const file = readFileSync(path);
  const [head, width, height] = /^P5\n(\d+) (\d+)\n255\n/.exec(file.toString("latin1", 0, 40));
  const grey = new Uint8ClampedArray(file.subarray(head.length));
  const rgba = new Uint8ClampedArray(grey.length * 4);
  grey.forEach((value, at) => rgba.set([value, value, value, 255], at * 4));
  return { width: Number(width), height: Number(height), grey, rgba };
}

function byZXing({ width, height, grey }) {
  const bitmap = new zxing.BinaryBitmap(new zxing.HybridBinarizer(new zxing.RGBLuminanceSource(grey, width, height)));
  return new zxing.QRCodeReader().decode(bitmap, new Map([[zxing.DecodeHintType.TRY_HARDER, true]])).getText();
}

async function main(paths) {
  const { default: decodeQR } = await import("qr/decode.js");
  const readers = {
    "@zxing/library": byZXing,
    jsQR: ({ width, height, rgba }) => jsQR(rgba, width, height)?.data,
    qr: ({ width, height, rgba }) => decodeQR({ width, height, data: rgba }),
    zbar: async ({ width, height, grey }) => (await zbar.scanGrayBuffer(grey.buffer, width, height))[0]?.decode(),
  };
  for (const path of paths) {
    const seen = picture(path);
    const read = {};
    for (const [name, reader] of Object.entries(readers)) {
      try {
        read[name] = (await reader(seen)) ?? "";
      } catch {
        read[name] = ""; // they raise where they find none
      }
    }
    console.log(JSON.stringify(read));
  }
}

main(readFileSync(0, "utf8").split("\n").filter(Boolean));
