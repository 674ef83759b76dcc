-- The rule of people/rule.rs, step by step the same. Runs after memory.lua and people.lua.
-- KEYS: when the server's memory began; the roll's four.
-- ARGV: the parameters; doubt, look-back; then the past: the guest and the age of each message.
-- Returns how long until the ledger may be read; 0 if the roll is open.

local roll = read_roll(2)
local doubt, look_back = next_number(), next_number()
local epoch = memory_since(KEYS[1])
if not is_lost_roll(roll, epoch) then return '0' end
if now < epoch + LONGEST_LIFE then return digits(epoch + LONGEST_LIFE - now) end
if roll.epoch ~= epoch then redis.call('DEL', roll.seen, roll.asides[1], roll.asides[2]) end
roll.epoch, roll.since = epoch, now - look_back + doubt + LONGEST_LIFE
while argument < #ARGV do
  local person, age = next_text(), next_number()
  add_person(roll, person, math.min(now - age + doubt, now) + LONGEST_LIFE)
end
write_roll(roll)
return '0'
