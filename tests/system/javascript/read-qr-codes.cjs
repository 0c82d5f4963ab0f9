// Reads QR codes from standard input, one a line as rows of 0 and 1 with blanks between; prints the text of each.

const jsQR = require("jsqr");
const { createInterface } = require("node:readline");

const SCALE = 3;

function read(rows) {
  const side = rows.length * SCALE;
  const pixels = new Uint8ClampedArray(side * side * 4).fill(255);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      if (rows[Math.floor(y / SCALE)][Math.floor(x / SCALE)] === "1") pixels.fill(0, (y * side + x) * 4, (y * side + x) * 4 + 3);
    }
  }
  const found = jsQR(pixels, side, side, { inversionAttempts: "dontInvert" });
  return found ? found.data : "";
}

createInterface({ input: process.stdin }).on("line", (line) => console.log(read(line.split(" "))));
