-- The rule of rule/take.rs, step by step the same; see there for why it holds. Runs after memory.lua.
-- KEYS: when the server's memory began; then for each scope the scope and its log.
-- ARGV: rank, wanted, thousandths of the jitter; then each scope's parameters.
-- Returns {permits, wait, life}, or {-1, wait, the places of the lost scopes from 0...}.

local GRACE, MARKETING = 1000000, 2
local rank, wanted, jitter = next_number(), next_number(), next_number()
local marketing = rank == MARKETING
local epoch = memory_since(KEYS[1])

local scopes, lost, lost_wait = {}, {}, 0
local life = nil
for place = 1, (#KEYS - 1) / 2 do
  local parameters, key, log = read_parameters(), KEYS[2 * place], KEYS[2 * place + 1]
  local memory = read_memory(key)
  scopes[place] = { parameters = parameters, memory = memory, key = key, log = log }
  life = math.min(life or parameters.life, parameters.life)
  if is_lost(parameters, memory, log, epoch) then
    lost[#lost + 1] = place - 1
    lost_wait = math.max(0, epoch + LONGEST_LIFE - now)
  end
end
if #lost > 0 then
  return { -1, digits(lost_wait), unpack(lost) }
end

local function refresh(scope)
  local parameters, memory, log = scope.parameters, scope.memory, scope.log
  local evicted = parameters.passing and memory.length > 0 and redis.call('LLEN', log) ~= memory.length
  if evicted or memory.epoch ~= epoch then
    local since = parameters.passing and (evicted and now or epoch) + LONGEST_LIFE or now
    memory = begun(memory.hold, since, epoch)
    scope.memory = memory
    redis.call('DEL', log)
  end
  if #parameters.windows == 0 then
    if memory.length > 0 then redis.call('DEL', log) end
    memory.since, memory.length = now, 0
  elseif memory.length > 0 then
    local passed = first_beyond(log, memory, 'use_by', now - parameters.horizon)
    if passed > 0 then
      local last = entry_at(log, memory, passed - 1)
      memory.total, memory.marketing = last.total, last.marketing
      memory.since = math.max(memory.since, last.use_by)
      memory.length = memory.length - passed
      memory.entries = {}
      redis.call('LTRIM', log, passed, -1)
    end
  end
  local arrivals = {}
  for place, quota in ipairs(parameters.quotas) do
    local worst = now + quota.slack + cost(1, quota.period, quota.permits)
    local at = worst
    for _, it in ipairs(memory.arrivals) do
      if it.span == quota.span and it.permits == quota.permits then
        at = math.max(math.min(it.at, worst), now)
        break
      end
    end
    arrivals[place] = { span = quota.span, permits = quota.permits, at = at }
  end
  memory.arrivals = arrivals
  if parameters.permits > 0 then
    local next_place = now + cost(1, parameters.period, parameters.permits)
    memory.slot = math.min(memory.slot, next_place)
    memory.release = math.min(memory.release, next_place + parameters.jitter)
  end
end

local function passing_ready_at(parameters, memory)
  return parameters.passing and #parameters.windows > 0 and memory.since + parameters.horizon or 0
end

local function others_ready_at(memory)
  local aside = rank > memory.yield_rank and memory.yield_until or now
  return math.max(memory.hold, aside, now)
end

local function room(scope)
  local parameters, memory, log = scope.parameters, scope.memory, scope.log
  if others_ready_at(memory) > now or passing_ready_at(parameters, memory) > now then return 0 end
  local room = wanted
  local last = counts(log, memory)
  for _, window in ipairs(parameters.windows) do
    -- What passed out of the longest window is trimmed already.
    local first = window.span == parameters.horizon and 0 or first_beyond(log, memory, 'use_by', now - window.span)
    local passed = entry_at(log, memory, first - 1)
    window.room = window.permits - (last.total - passed.total)
    room = math.min(room, window.room)
    if marketing then
      window.room_for_marketing = window.marketing - (last.marketing - passed.marketing)
      room = math.min(room, window.room_for_marketing)
    end
  end
  for place, quota in ipairs(parameters.quotas) do
    local free = now + quota.slack - memory.arrivals[place].at
    room = math.min(room, free < 0 and 0 or 1 + math.floor(free * quota.permits / quota.period))
  end
  if marketing and parameters.permits > 0 then
    if now < memory.release then return 0 end
    local from = math.max(memory.slot, now - parameters.late)
    room = math.min(room, 1 + math.floor((now - from) * parameters.permits / parameters.period))
  end
  return math.max(room, 0)
end

local function grant(scope, permits)
  local parameters, memory, log = scope.parameters, scope.memory, scope.log
  if #parameters.windows > 0 then
    local last = counts(log, memory)
    append(log, memory, math.max(last.use_by, now + life), last.total + permits, last.marketing + (marketing and permits or 0))
  end
  for place, quota in ipairs(parameters.quotas) do
    memory.arrivals[place].at = memory.arrivals[place].at + cost(permits, quota.period, quota.permits)
  end
  if marketing and parameters.permits > 0 then
    memory.slot = math.max(memory.slot, now - parameters.late) + cost(permits, parameters.period, parameters.permits)
    memory.release = memory.slot + math.floor(parameters.jitter * jitter / 1000)
  end
  if rank <= memory.yield_rank then memory.yield_rank, memory.yield_until = 0, 0 end
end

-- What is known to have room after the grant need not be searched for.
local function limits_free_at(scope, permits)
  local parameters, memory, log = scope.parameters, scope.memory, scope.log
  local free = math.max(now, passing_ready_at(parameters, memory))
  local function gone(field, bound, span)
    if memory[field] > bound then return end
    local first = first_beyond(log, memory, field, bound)
    if first < memory.length then free = math.max(free, entry_at(log, memory, first).use_by + span) end
  end
  local last = counts(log, memory)
  for _, window in ipairs(parameters.windows) do
    if (window.room or 0) <= permits then gone('total', last.total - window.permits, window.span) end
    if marketing and (window.room_for_marketing or 0) <= permits then
      gone('marketing', last.marketing - window.marketing, window.span)
    end
  end
  for place, quota in ipairs(parameters.quotas) do free = math.max(free, memory.arrivals[place].at - quota.slack) end
  return free
end

local function pace_ready_at(parameters, memory, rest)
  if not marketing or parameters.permits == 0 then return 0 end
  local handful = math.min(rest, 1 + math.floor(math.floor(parameters.late / 2) * parameters.permits / parameters.period))
  return math.max(memory.release, memory.slot + cost(handful - 1, parameters.period, parameters.permits))
end

local function stand_aside(memory, until_)
  if memory.yield_until <= now or rank < memory.yield_rank then
    memory.yield_rank, memory.yield_until = rank, until_
  elseif rank == memory.yield_rank then
    memory.yield_until = math.max(memory.yield_until, until_)
  end
end

local permits = wanted
for _, scope in ipairs(scopes) do
  refresh(scope)
  permits = math.min(permits, room(scope))
end
local wait = 0
for _, scope in ipairs(scopes) do
  if permits > 0 then grant(scope, permits) end
  if permits < wanted then
    local memory, limited = scope.memory, limits_free_at(scope, permits)
    if permits == 0 and not marketing and limited > now then stand_aside(memory, limited + GRACE) end
    local ready = math.max(limited, others_ready_at(memory), pace_ready_at(scope.parameters, memory, wanted - permits))
    wait = math.max(wait, ready - now)
  end
  write_memory(scope.key, scope.log, scope.memory, keep_us(scope.parameters, scope.memory))
end
return { permits, digits(wait), digits(life or 0) }
