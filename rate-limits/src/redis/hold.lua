-- Lengthens a scope's hold; what is remembered of permits stays. Runs after memory.lua.
-- KEYS: the scope; its log. ARGV: how long from now, in microseconds.
local memory = read_memory(KEYS[1])
memory.hold = math.max(memory.hold, now + next_number())
write_memory(KEYS[1], KEYS[2], memory, 32 * 86400 * 1000000 + memory.hold - now)
return 1
