-- The rule of rule/restore.rs, step by step the same. Runs after memory.lua.
-- KEYS: when the server's memory began; the scope; its log.
-- ARGV: the parameters; doubt, look-back; then the past, oldest first: age and permits of each.
-- Returns how long until the ledger may be read; 0 if the scope is open.

local parameters = read_parameters()
local doubt, look_back = next_number(), next_number()
local epoch = memory_since(KEYS[1])
local key, log = KEYS[2], KEYS[3]
local known = read_memory(key)
if not is_lost(parameters, known, log, epoch) then return '0' end
if now < epoch + LONGEST_LIFE then return digits(epoch + LONGEST_LIFE - now) end

local whole = known.length == 0 or redis.call('LLEN', log) == known.length
local valid = known.epoch == epoch and whole
local kept = valid and redis.call('LRANGE', log, 0, -1) or {}
redis.call('DEL', log)

local restored = begun(known.hold, now - look_back + doubt + LONGEST_LIFE, epoch)
local entries, use_by, total, marketing = {}, 0, 0, 0
local function add(by, permits, of_marketing)
  use_by, total, marketing = math.max(use_by, by), total + permits, marketing + of_marketing
  entries[#entries + 1] = digits(use_by) .. ' ' .. digits(total) .. ' ' .. digits(marketing)
end

local before = valid and known.since + doubt or math.huge
local last_age = nil
while argument < #ARGV do
  local age, permits = next_number(), next_number()
  last_age = age
  if now - age <= before then add(math.min(now - age + doubt, now) + LONGEST_LIFE, permits, permits) end
end
if last_age and parameters.permits > 0 then
  restored.slot = now - last_age + cost(1, parameters.period, parameters.permits)
  restored.release = restored.slot
end
if valid then
  local total_before, marketing_before = known.total, known.marketing
  for _, text in ipairs(kept) do
    local by, of_total, of_marketing = string.match(text, '^(%d+) (%d+) (%d+)$')
    of_total, of_marketing = tonumber(of_total), tonumber(of_marketing)
    add(tonumber(by), of_total - total_before, of_marketing - marketing_before)
    total_before, marketing_before = of_total, of_marketing
  end
  restored.slot, restored.release = known.slot, known.release
  restored.yield_rank, restored.yield_until = known.yield_rank, known.yield_until
  restored.arrivals = known.arrivals
end

for first = 1, #entries, 1000 do
  redis.call('RPUSH', log, unpack(entries, first, math.min(first + 999, #entries)))
end
restored.length = #entries
write_memory(key, log, restored, keep_us(parameters, restored))
return '0'
