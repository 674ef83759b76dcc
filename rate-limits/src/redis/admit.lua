-- The rule of people/rule.rs, step by step the same; see there for why it holds. Runs after memory.lua and people.lua.
-- KEYS: when the server's memory began; then four of each roll.
-- ARGV: rank; then each roll's parameters; then of each guest the id, and whether the message counts in a ceiling.
-- Returns {0, room, wait for room, then for each guest the wait and the place of the roll that says so, -1 for none}, the room
-- -1 without a ceiling; or {1, wait, the places of the lost rolls from 0...}.

local rank = next_number()
local epoch = memory_since(KEYS[1])
local rolls, lost = {}, {}
for place = 1, (#KEYS - 1) / 4 do
  local roll = read_roll(4 * place - 2)
  rolls[place] = roll
  if is_lost_roll(roll, epoch) then lost[#lost + 1] = place - 1 end
end
if #lost > 0 then
  return { 1, digits(math.max(0, epoch + LONGEST_LIFE - now)), unpack(lost) }
end

for _, roll in ipairs(rolls) do
  local gone = digits(now - roll.span)
  local last = redis.call('ZREVRANGEBYSCORE', roll.seen, gone, '-inf', 'WITHSCORES', 'LIMIT', 0, 1)
  if last[2] then
    roll.since = math.max(roll.since, tonumber(last[2]))
    redis.call('ZREMRANGEBYSCORE', roll.seen, '-inf', gone)
  end
  for _, aside in ipairs(roll.asides) do redis.call('ZREMRANGEBYSCORE', aside, '-inf', digits(now)) end
  roll.length = redis.call('ZCARD', roll.seen)
end

local function ready_at(roll, person, counts, behind)
  local seen = redis.call('ZSCORE', roll.seen, person)
  local whom, free = person, 0
  if roll.ceiling then
    if not counts or seen then return now end
    whom = ALL
    local over = roll.length - (rank == MARKETING and roll.marketing or roll.all) + behind
    if over >= 0 and roll.length > 0 then
      local nth = math.min(over, roll.length - 1)
      free = tonumber(redis.call('ZRANGE', roll.seen, nth, nth, 'WITHSCORES')[2]) + roll.span
    end
  elseif seen then
    free = tonumber(seen) + roll.span
  end
  for before = 1, rank do
    free = math.max(free, tonumber(redis.call('ZSCORE', roll.asides[before], whom) or 0))
  end
  return math.max(free, now)
end

local function grant(roll, person, counts)
  if roll.ceiling and not counts then return end
  add_person(roll, person, now + LIFE)
  roll.length = redis.call('ZCARD', roll.seen)
  local aside = roll.asides[rank + 1]
  if aside then redis.call('ZREM', aside, roll.ceiling and ALL or person) end
end

local function stand_aside(roll, person, till)
  local aside = roll.asides[rank + 1]
  if not aside then return end
  local whom = roll.ceiling and ALL or person
  till = math.max(till, tonumber(redis.call('ZSCORE', aside, whom) or 0))
  redis.call('ZADD', aside, digits(till), whom)
  redis.call('PEXPIRE', aside, KEPT_MS)
end

local answer = { 0, -1, '0' }
local behind = 0
while argument < #ARGV do
  local person, counts = next_text(), next_number() == 1
  local ready, latest, by = {}, now, -1
  for place, roll in ipairs(rolls) do
    ready[place] = ready_at(roll, person, counts, behind)
    if ready[place] > latest then latest, by = ready[place], place - 1 end
  end
  for place, roll in ipairs(rolls) do
    if latest == now then
      grant(roll, person, counts)
    elseif ready[place] > now then
      if roll.ceiling then behind = behind + 1 end
      stand_aside(roll, person, ready[place] + GRACE)
    end
  end
  answer[#answer + 1] = digits(latest - now)
  answer[#answer + 1] = by
end

for _, roll in ipairs(rolls) do
  if roll.ceiling then
    local free = (rank == MARKETING and roll.marketing or roll.all) - roll.length
    -- Nobody has this id.
    local ready = ready_at(roll, 'nobody', true, 0)
    if ready > now then
      answer[2], answer[3] = 0, digits(ready - now)
    else
      answer[2] = math.max(free, 0)
    end
  end
  write_roll(roll)
end
return answer
