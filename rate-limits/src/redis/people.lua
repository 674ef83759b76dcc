-- What is remembered of a roll, as in people/rule.rs. Runs after memory.lua.
-- A roll is a head "EPOCH SINCE LENGTH", a sorted set of guests by the instant by which the latest message to them is used,
-- and for replies and for transactional messages a sorted set of those who are stood aside for, by until when.

local MARKETING = 2
-- As in people/rule.rs.
local LIFE, GRACE, ALL = 1000000, 5000000, '0'
local KEPT_MS = 32 * 86400 * 1000

-- Guests are numbers of 64 bits, which Lua's own have no room for: they stay texts.
local function next_text()
  argument = argument + 1
  return ARGV[argument]
end

-- The roll whose keys begin at this place; a ceiling of -1 is none.
local function read_roll(place)
  local roll = {
    span = next_number(), all = next_number(), marketing = next_number(),
    head = KEYS[place], seen = KEYS[place + 1], asides = { KEYS[place + 2], KEYS[place + 3] },
    epoch = -1, since = 0, length = 0,
  }
  roll.ceiling = roll.all >= 0
  local epoch, since, length = string.match(redis.call('GET', roll.head) or '', '^(%S+) (%S+) (%S+)$')
  if epoch then roll.epoch, roll.since, roll.length = tonumber(epoch), tonumber(since), tonumber(length) end
  return roll
end

-- Whether it knows too little of its past. A set that was evicted alone is no memory either.
local function is_lost_roll(roll, epoch)
  if roll.epoch ~= epoch or roll.since > now - roll.span then return true end
  return redis.call('ZCARD', roll.seen) ~= roll.length
end

local function write_roll(roll)
  roll.length = redis.call('ZCARD', roll.seen)
  local text = string.format('%d %d %d', roll.epoch, roll.since, roll.length)
  redis.call('SET', roll.head, text, 'PX', KEPT_MS)
  redis.call('PEXPIRE', roll.seen, KEPT_MS)
end

local function add_person(roll, person, use_by)
  local known = redis.call('ZSCORE', roll.seen, person)
  if not known or tonumber(known) < use_by then redis.call('ZADD', roll.seen, digits(use_by), person) end
end
