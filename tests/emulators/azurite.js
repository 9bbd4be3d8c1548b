// Runs azurite until standard input ends, which it does with the process that started this, and makes containers.
// The arguments are the program of azurite, the port, the names of containers with commas, and azurite's own.
const { createHmac } = require("node:crypto");

const ACCOUNT = "devstoreaccount1";
const KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
const VERSION = "2021-12-02";

// https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key
async function create(port, container) {
  const date = new Date().toUTCString();
  const headers = `x-ms-date:${date}\nx-ms-version:${VERSION}\n`;
  const resource = `/${ACCOUNT}/${ACCOUNT}/${container}\nrestype:container`;
  const text = `PUT${"\n".repeat(12)}${headers}${resource}`;
  const signature = createHmac("sha256", Buffer.from(KEY, "base64")).update(text).digest("base64");
  const address = `http://127.0.0.1:${port}/${ACCOUNT}/${container}?restype=container`;
  const answer = await fetch(address, {
    method: "PUT",
    headers: { "x-ms-date": date, "x-ms-version": VERSION, Authorization: `SharedKey ${ACCOUNT}:${signature}` },
  });
  if (!answer.ok) throw new Error(`${container}: ${answer.status} ${await answer.text()}`);
}

process.stdin.on("end", () => process.exit(0)).resume();
const [main, port, containers, ...rest] = process.argv.slice(2);
process.argv = [process.argv[0], main, "--blobPort", port, ...rest];
require(main);

(async () => {
  for (const container of containers.split(",")) {
    for (let attempt = 0; ; attempt++) {
      try {
        await create(port, container);
        break;
      } catch (error) {
        if (attempt === 100) {
          console.error(error);
          process.exit(1);
        }
        await new Promise((done) => setTimeout(done, 100));
      }
    }
  }
  // Whoever started this waits for a word on standard output.
  console.log("ready");
})();
