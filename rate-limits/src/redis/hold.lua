-- Lengthens a scope's hold or ends all of them; what is remembered of permits stays. Runs after memory.lua.
-- KEYS: the scope; its log. ARGV: how long from now, in microseconds; negative to end them.
local memory = read_memory(KEYS[1])
local span = next_number()
if span < 0 then memory.hold = 0 else memory.hold = math.max(memory.hold, now + span) end
write_memory(KEYS[1], KEYS[2], memory, 32 * 86400 * 1000000 + math.max(0, memory.hold - now))
return 1
