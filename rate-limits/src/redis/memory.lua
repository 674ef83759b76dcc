-- What is remembered of a scope, as in rule/memory.rs. Runs after clock.lua or a test's own clock.
-- A scope is a text of whole numbers: epoch, since, hold, slot, release, yield rank, yield until, the counts before
-- the log, the log's length; then for each quota its span, permits and arrival time. Its log is a list, oldest first, of
-- "USE_BY TOTAL MARKETING". Microseconds everywhere.

-- Lua's own conversion keeps 14 digits; an instant has 16.
local function digits(number) return string.format('%d', number) end

-- As in rule/parameters.rs.
local LONGEST_LIFE = 3000000

local argument = 0
local function next_number()
  argument = argument + 1
  return tonumber(ARGV[argument])
end

-- Since when the server remembers: "ID SINCE CHECKED". Asking who the server is costs more than all else, so it is asked
-- at most every 10 ms, which no restart and no failover undercuts.
local function memory_since(key)
  local id, since, checked = string.match(redis.call('GET', key) or '', '^(%x+) (%d+) (%d+)$')
  if id and math.abs(now - tonumber(checked)) < 10000 then return tonumber(since) end
  local current = server()
  if id ~= current then since = digits(now) end
  redis.call('SET', key, current .. ' ' .. since .. ' ' .. digits(now))
  return tonumber(since)
end

local function read_parameters()
  local parameters = { passing = next_number() == 1, life = next_number(), horizon = 0, windows = {}, quotas = {} }
  local windows, quotas = next_number(), next_number()
  parameters.period, parameters.permits, parameters.late, parameters.jitter = next_number(), next_number(), next_number(), next_number()
  for place = 1, windows do
    local window = { span = next_number(), permits = next_number(), marketing = next_number() }
    parameters.windows[place] = window
    parameters.horizon = math.max(parameters.horizon, window.span)
  end
  for place = 1, quotas do
    parameters.quotas[place] = { span = next_number(), permits = next_number(), period = next_number(), slack = next_number() }
  end
  return parameters
end

local function begun(hold, since, epoch)
  return {
    epoch = epoch, since = since, hold = hold, slot = 0, release = 0, yield_rank = 0, yield_until = 0,
    total = 0, marketing = 0, length = 0, arrivals = {}, entries = {},
  }
end

local HEAD = '^(%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+)()'
local function read_memory(key)
  local text = redis.call('GET', key)
  if not text then return begun(0, 0, -1) end
  local epoch, since, hold, slot, release, yield_rank, yield_until, total, marketing, length, rest =
    string.match(text, HEAD)
  local memory = {
    epoch = tonumber(epoch), since = tonumber(since), hold = tonumber(hold), slot = tonumber(slot),
    release = tonumber(release), yield_rank = tonumber(yield_rank), yield_until = tonumber(yield_until),
    total = tonumber(total), marketing = tonumber(marketing), length = tonumber(length), arrivals = {}, entries = {},
  }
  for span, permits, at in string.gmatch(string.sub(text, rest), ' (%S+) (%S+) (%S+)') do
    memory.arrivals[#memory.arrivals + 1] = { span = tonumber(span), permits = tonumber(permits), at = tonumber(at) }
  end
  return memory
end

local function write_memory(key, log, memory, keep_us)
  local text = string.format('%d %d %d %d %d %d %d %d %d %d',
    memory.epoch, memory.since, memory.hold, memory.slot, memory.release, memory.yield_rank, memory.yield_until,
    memory.total, memory.marketing, memory.length)
  for _, it in ipairs(memory.arrivals) do
    text = string.format('%s %d %d %d', text, it.span, it.permits, it.at)
  end
  local keep_ms = digits(math.ceil(keep_us / 1000))
  redis.call('SET', key, text, 'PX', keep_ms)
  if memory.length > 0 then redis.call('PEXPIRE', log, keep_ms) end
end

-- How long a scope is kept: 32 days, or one that is of very many for as long as it counts.
local function keep_us(parameters, memory)
  local silent = parameters.passing and parameters.horizon + parameters.life + 60000000 or 32 * 86400 * 1000000
  return silent + math.max(0, memory.hold - now)
end

-- The entry at a place of the log, from 0, read once; before the first one stand the counts before the log.
local function entry_at(log, memory, place)
  if place < 0 then return { use_by = 0, total = memory.total, marketing = memory.marketing } end
  local entry = memory.entries[place]
  if not entry then
    local use_by, total, marketing = string.match(redis.call('LINDEX', log, place), '^(%d+) (%d+) (%d+)$')
    entry = { use_by = tonumber(use_by), total = tonumber(total), marketing = tonumber(marketing) }
    memory.entries[place] = entry
  end
  return entry
end

-- The place of the first entry whose `field` is beyond `bound`; the log's length if there is none.
local function first_beyond(log, memory, field, bound)
  local low, high = 0, memory.length
  while low < high do
    local middle = math.floor((low + high) / 2)
    if entry_at(log, memory, middle)[field] > bound then high = middle else low = middle + 1 end
  end
  return low
end

local function counts(log, memory) return entry_at(log, memory, memory.length - 1) end

-- Whether a scope knows too little of its past. A log that was evicted alone is no memory either.
local function is_lost(parameters, memory, log, since)
  if parameters.passing or #parameters.windows == 0 then return false end
  if memory.epoch ~= since or memory.since > now - parameters.horizon then return true end
  return memory.length > 0 and redis.call('LLEN', log) ~= memory.length
end

local function append(log, memory, use_by, total, marketing)
  redis.call('RPUSH', log, string.format('%d %d %d', use_by, total, marketing))
  memory.length = memory.length + 1
end

local function cost(count, period, permits) return math.floor((count * period + permits - 1) / permits) end
