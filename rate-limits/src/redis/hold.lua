-- Lengthens a sender's hold; what is remembered of its permits stays. Runs after clock.lua.
-- KEYS: the sender. ARGV: how long from now, in microseconds.
local function digits(number) return string.format('%.0f', number) end

local until_ = now + tonumber(ARGV[1])
local spec, hold, arrivals = string.match(redis.call('GET', KEYS[1]) or 'unlimited 0', '^(%S+) (%S+)(.*)$')
if tonumber(hold) < until_ then
  local keep_ms = 31 * 86400 * 1000 + math.ceil((until_ - now) / 1000)
  redis.call('SET', KEYS[1], spec .. ' ' .. digits(until_) .. arrivals, 'PX', digits(keep_ms))
end
return 1
