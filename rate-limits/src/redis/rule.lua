-- The rule of rule.rs, step by step the same; see there for why it holds. Runs after a line that sets `now`.
-- KEYS: the sender; when the limiter's memory began.
-- ARGV: the spec as text; permits wanted; then for each limit its period, permits and slack. Microseconds everywhere.
-- A sender is kept as text: "SPEC HOLD ARRIVAL...". Returns the permits and the wait for one more.

-- Lua's own conversion keeps 14 digits; an instant has 16.
local function digits(number) return string.format('%.0f', number) end

local complete_since = tonumber(redis.call('GET', KEYS[2]) or '')
if not complete_since then
  complete_since = now
  redis.call('SET', KEYS[2], digits(now))
end

local memory = {}
for word in string.gmatch(redis.call('GET', KEYS[1]) or '', '%S+') do memory[#memory + 1] = word end
local known = memory[1] == ARGV[1]
local hold = tonumber(memory[2] or '0')

local wanted = tonumber(ARGV[2])
local permits = hold > now and 0 or wanted
local arrivals = {}
for at = 3, #ARGV, 3 do
  local period, per_period, slack = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  local worst = slack + math.floor((period + per_period - 1) / per_period)
  local place = at / 3
  local arrival = now + worst
  if known then
    local remembered = math.max(tonumber(memory[place + 2]), complete_since + worst)
    arrival = math.max(math.min(remembered, now + worst), now)
  end
  arrivals[place] = arrival
  local free = now + slack - arrival
  local room = free < 0 and 0 or 1 + math.floor(free * per_period / period)
  permits = math.min(permits, room)
end

local wait = hold - now
local words = { ARGV[1], digits(hold) }
for place, arrival in ipairs(arrivals) do
  local period, per_period, slack = tonumber(ARGV[place * 3]), tonumber(ARGV[place * 3 + 1]), tonumber(ARGV[place * 3 + 2])
  arrival = arrival + math.floor((permits * period + per_period - 1) / per_period)
  wait = math.max(wait, arrival - slack - now)
  words[#words + 1] = digits(arrival)
end
if permits == wanted then wait = 0 end

-- A sender that was silent for longer starts from the worst case, which costs it one step.
local keep_ms = 31 * 86400 * 1000 + math.max(0, math.ceil((hold - now) / 1000))
redis.call('SET', KEYS[1], table.concat(words, ' '), 'PX', digits(keep_ms))
return { permits, digits(math.max(wait, 0)) }
