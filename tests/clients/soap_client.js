// What does node's `soap` get? Prints one JSON object: scenario -> value, or the fault that it was given.
const [modules, wsdl, user, secret, digestSecret, bearer, , , , , operation, member, good, bad] = process.argv.slice(2);
const soap = require(modules + '/soap');

async function asked(version, security, number) {
  const client = await soap.createClientAsync(wsdl, { forceSoap12Headers: version === '1.2', disableCache: true });
  client.setSecurity(security);
  try {
    const [answer] = await client[operation + 'Async']({ [member]: number });
    return { answer };
  } catch (error) {
    return { fault: String(error.message), detail: error.root ? error.root.Envelope.Body.Fault : null };
  }
}

async function main() {
  const basic = () => new soap.BasicAuthSecurity(user, secret);
  const results = {};
  for (const version of ['1.1', '1.2']) {
    results['basic ' + version] = await asked(version, basic(), good);
    results['bearer ' + version] = await asked(version, new soap.BearerSecurity(bearer), good);
    results['text ' + version] = await asked(version, new soap.WSSecurity(user, secret, { hasTimeStamp: true }), good);
    const digest = new soap.WSSecurity(user, digestSecret, { passwordType: 'PasswordDigest', hasNonce: true });
    results['digest ' + version] = await asked(version, digest, good);
    results['fault ' + version] = await asked(version, basic(), bad);
  }
  process.stdout.write(JSON.stringify(results));
}

main();
