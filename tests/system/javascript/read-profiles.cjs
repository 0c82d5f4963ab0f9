// For each folder that is named on standard input, prints what the SDK reads from its config and credentials.

const { loadSharedConfigFiles } = require("@smithy/core/config");
const { createInterface } = require("node:readline");

async function main() {
  for await (const folder of createInterface({ input: process.stdin })) {
    const files = { configFilepath: `${folder}/config`, filepath: `${folder}/credentials`, ignoreCache: true };
    console.log(JSON.stringify(await loadSharedConfigFiles(files)));
  }
}

main();
