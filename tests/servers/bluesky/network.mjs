// Bluesky's own test network: PLC, PDS and AppView, empty. Ports come from the environment; READY is printed once it serves.
import { TestNetwork } from '@atproto/dev-env'

const port = (name) => Number(process.env[`${name}_PORT`])
const network = await TestNetwork.create({
  plc: { port: port('PLC') },
  pds: {
    port: port('PDS'),
    hostname: 'localhost',
    enableDidDocWithSession: true,
    ...(process.env.RATE_LIMITS ? { rateLimitsEnabled: true } : {}),
  },
  bsky: { port: port('BSKY'), publicUrl: `http://localhost:${port('BSKY')}`, dbPostgresSchema: 'bsky' },
  ozone: { port: port('OZONE') },
  introspect: { port: port('INTROSPECT') },
})
console.log('READY')
process.on('SIGTERM', async () => {
  try {
    await network.close()
  } finally {
    process.exit(0)
  }
})
