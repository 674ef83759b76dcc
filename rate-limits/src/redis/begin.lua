-- The server has no scripts: it was restarted, or another one took over, so that its newest writes may be lost.
-- From now on its memory is complete. Runs after clock.lua. KEYS: when the limiter's memory began.
redis.call('SET', KEYS[1], string.format('%.0f', now))
return 1
