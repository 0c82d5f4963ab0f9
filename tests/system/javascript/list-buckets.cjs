// Lists the buckets twice as the profile that is named; any question is asked the first time only.

const { ListBucketsCommand, S3Client } = require("@aws-sdk/client-s3");
const { fromIni } = require("@aws-sdk/credential-providers");
const { createInterface } = require("node:readline/promises");

async function mfaCodeProvider(serial) {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const code = await terminal.question(`Enter MFA code for ${serial}: `);
  terminal.close();
  return code;
}

async function main(profile) {
  const client = new S3Client({ profile, credentials: fromIni({ profile, mfaCodeProvider }) });
  for (const time of ["first", "second"]) {
    const { Buckets } = await client.send(new ListBucketsCommand({}));
    console.log(time, Buckets.map((bucket) => bucket.Name).join(" "));
  }
}

main(process.argv[2]).catch((error) => {
  console.error(`${error.name}: ${error.message}`);
  process.exitCode = 1;
});
