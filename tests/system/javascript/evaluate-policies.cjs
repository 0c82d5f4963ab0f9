// For each request that is a line of JSON on standard input, prints whether policies allow it, as one word.
// It is an independent evaluator of IAM policies: https://github.com/cloud-copilot/iam-simulate

const { runSimulation } = require("@cloud-copilot/iam-simulate");
const { createInterface } = require("node:readline");

function named(policies) {
  return policies.map((policy, index) => ({ name: `policy${index}`, policy }));
}

function simulation({ principal, action, resource, account, context, identity, boundary, trust }) {
  return {
    request: { principal, action, resource: { resource, accountId: account }, contextVariables: context },
    identityPolicies: named(identity),
    permissionBoundaryPolicies: named(boundary),
    resourcePolicy: trust,
    serviceControlPolicies: [],
    resourceControlPolicies: [],
  };
}

async function main() {
  for await (const line of createInterface({ input: process.stdin })) {
    const response = await runSimulation(simulation(JSON.parse(line)), {});
    console.log(response.resultType === "single" ? response.overallResult : JSON.stringify(response));
  }
}

main();
