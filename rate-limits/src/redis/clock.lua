local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
-- Changes with every restart and with every failover, there and back (Redis: INFO, master_replid).
local function server() return string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)') end
