"""The atomic steps, as Lua that runs inside the server; every key of a script carries the same hash tag.

A script begins with a write that the server refuses when its memory is full, so that it does all or nothing.
"""

_NOW = """
local t = redis.call('TIME')
local now_ms = t[1] * 1000 + math.floor(t[2] / 1000)
local stamp = string.format('%d.%06d', t[1], t[2])
local function ms(number) return string.format('%.0f', number) end
"""

TIME = _NOW + "return stamp"

# keys: pts, marks; args: camera, seq, frame, trim ms, channel
PUBLISH_POINTS = (
    _NOW
    + """
if tonumber(ARGV[2]) <= tonumber(redis.call('HGET', KEYS[2], ARGV[1]) or '0') then return 0 end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
local id = redis.call('XADD', KEYS[1], '*', 'at', stamp, 'frame', ARGV[3])
if tonumber(string.match(id, '^%d+')) > now_ms + 1000 then
  -- The clock was set back: ids go on from the old time and would never be trimmed. Begin a new stream.
  redis.call('DEL', KEYS[1])
  redis.call('XADD', KEYS[1], '*', 'at', stamp, 'frame', ARGV[3])
end
redis.call('XTRIM', KEYS[1], 'MINID', '=', ms(now_ms - ARGV[4]))
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('PUBLISH', ARGV[5], '1')
return 1
"""
)

# keys: pts; args: after
READ_POINTS = (
    _NOW
    + """
local after = tonumber(string.match(ARGV[1], '^%d+'))
if after == 0 or after > now_ms + 1000 then return redis.call('XRANGE', KEYS[1], '-', '+') end
return redis.call('XRANGE', KEYS[1], '(' .. ARGV[1], '+')
"""
)

# keys: a stream; args: age in ms
READ_YOUNG = _NOW + "return redis.call('XRANGE', KEYS[1], ms(math.max(now_ms - ARGV[1], 0)), '+')"

# keys: a stream; args: count
READ_LAST = "return redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', ARGV[1])"

# keys: a stream; args: first id, count
READ_PAGE = "return redis.call('XRANGE', KEYS[1], ARGV[1], '+', 'COUNT', ARGV[2])"

# keys: cameras; args: camera, status, ttl s
PUBLISH_STATUS = (
    _NOW
    + """
redis.call('HSET', KEYS[1], ARGV[1], stamp .. ' ' .. ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
"""
)

# keys: engine, snap, lines, lead; args: token or none, epoch, seq, snapshot, ttl s, channel, then line field, step, ...
# Returns -1 without the lead, 0 if late, 1 if written.
WRITE_SNAPSHOT = """
if ARGV[1] ~= '' and redis.call('GET', KEYS[4]) ~= ARGV[1] then return -1 end
local old = redis.call('HMGET', KEYS[1], 'epoch', 'seq')
if old[1] == ARGV[2] and tonumber(ARGV[3]) <= tonumber(old[2]) then
  return ARGV[3] == old[2] and 1 or 0
end
redis.call('HSET', KEYS[1], 'epoch', ARGV[2], 'seq', ARGV[3])
redis.call('SET', KEYS[2], ARGV[4], 'EX', ARGV[5])
for i = 7, #ARGV, 2 do redis.call('HINCRBY', KEYS[3], ARGV[i], ARGV[i + 1]) end
redis.call('PUBLISH', ARGV[6], '1')
return 1
"""

# keys: engine, lines; args: reset time
RESET_LINES = """
if tonumber(redis.call('HGET', KEYS[1], 'reset_at') or '0') >= tonumber(ARGV[1]) then return 0 end
redis.call('DEL', KEYS[2])
redis.call('HSET', KEYS[1], 'reset_at', ARGV[1])
return 1
"""

# keys: min, order; args: minute ms, digest of the order, order, rows, oldest minute ms, ttl s, ms a minute may be ahead
APPEND_MINUTE = (
    _NOW
    + """
local function add() return redis.pcall('XADD', KEYS[1], ARGV[1] .. '-0', 'order', ARGV[2], 'rows', ARGV[4]) end
local function is_late(reply)
  return type(reply) == 'table' and reply.err and string.find(reply.err, 'equal or smaller', 1, true)
end
local added = add()
if is_late(added) then
  local latest = now_ms + ARGV[7]
  local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
  if not last or tonumber(ARGV[1]) > latest or tonumber(string.match(last[1], '^%d+')) <= latest then return 0 end
  -- The clock was set back: minutes of a time to come would have all refused until then. A stream's last id never
  -- falls, so it begins anew with those that were before this one.
  local been = redis.call('XRANGE', KEYS[1], '-', ms(ARGV[1] - 1))
  redis.call('DEL', KEYS[1])
  for _, entry in ipairs(been) do redis.call('XADD', KEYS[1], entry[1], unpack(entry[2])) end
  added = add()
  if is_late(added) then return 0 end
end
if type(added) == 'table' and added.err then return added end
redis.call('HSETNX', KEYS[2], ARGV[2], ARGV[3])
redis.call('XTRIM', KEYS[1], 'MINID', '=', ARGV[5])
redis.call('EXPIRE', KEYS[1], ARGV[6])
return 1
"""
)

# keys: min, order; args: first id, last id
READ_MINUTES = """
return {redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[2]), redis.call('HGETALL', KEYS[2])}
"""

# keys: a text; args: text, the text that it must be now or ''
SWAP = """
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[1], ARGV[1])
return 1
"""

# keys: adv, adv-resolved; args: id, expected version or '', version, advisory, '1' if it is over
PUT_ADVISORY = """
local old = redis.call('HGET', KEYS[1], ARGV[1]) or redis.call('HGET', KEYS[2], ARGV[1])
if (old and string.match(old, '^%d+') or '') ~= ARGV[2] then return 0 end
local home, other = KEYS[1], KEYS[2]
if ARGV[5] == '1' then home, other = other, home end
redis.call('HSET', home, ARGV[1], ARGV[3] .. ' ' .. ARGV[4])
redis.call('HDEL', other, ARGV[1])
return 1
"""

# keys: plan; args: expected version, version, state
PUT_PLAN = """
local old = redis.call('GET', KEYS[1])
if (old and string.match(old, '^%d+') or '0') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2] .. ' ' .. ARGV[3])
return 1
"""

# keys: adv, adv-resolved, audit, option-record, audit-head; args: as PUT_ADVISORY, as APPEND_AUDIT, then a kind and how
# it did or nothing
# Returns 0 where the advisory has another version, -1 where the audit has another end, 1 if both were written.
PUT_AUDITED = """
local old = redis.call('HGET', KEYS[1], ARGV[1]) or redis.call('HGET', KEYS[2], ARGV[1])
if (old and string.match(old, '^%d+') or '') ~= ARGV[2] then return 0 end
local last = redis.call('XREVRANGE', KEYS[3], '+', '-', 'COUNT', 1)
if (last[1] and last[1][1] or '') ~= ARGV[6] then return -1 end
local home, other = KEYS[1], KEYS[2]
if ARGV[5] == '1' then home, other = other, home end
redis.call('HSET', home, ARGV[1], ARGV[3] .. ' ' .. ARGV[4])
redis.call('HDEL', other, ARGV[1])
local entry = redis.call('XADD', KEYS[3], '*', 'prev', ARGV[7], 'body', ARGV[8])
redis.call('SET', KEYS[5], entry .. ' ' .. ARGV[9])
if ARGV[10] then redis.call('HSET', KEYS[4], ARGV[10], ARGV[11]) end
return 1
"""

# keys: notices, outbox; args: advisory id, mark, then message id, message, ...
QUEUE_NOTICES = """
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
for i = 3, #ARGV, 2 do redis.call('HSETNX', KEYS[2], ARGV[i], ARGV[i + 1]) end
return 1
"""

# keys: audit, audit-head
AUDIT_TAIL = _NOW + "return {stamp, redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1), redis.call('GET', KEYS[2])}"

# keys: audit, audit-head; args: id of the entry that must be the last, or '', hash of it, body, hash with it
APPEND_AUDIT = """
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
if (last[1] and last[1][1] or '') ~= ARGV[1] then return false end
local id = redis.call('XADD', KEYS[1], '*', 'prev', ARGV[2], 'body', ARGV[3])
redis.call('SET', KEYS[2], id .. ' ' .. ARGV[4])
return id
"""

# keys: device-seq, sensors, a trail per reading; args: device, seq, '1' if late, ttl s, trail ms,
# then per reading: field, reading, observed_at, value
ACCEPT_READINGS = (
    _NOW
    + """
if tonumber(ARGV[2]) <= tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '0') then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
for i = 3, #KEYS do
  local at = 6 + (i - 3) * 4
  redis.call('XADD', KEYS[i], '*', 't', ARGV[at + 2], 'v', ARGV[at + 3])
  redis.call('XTRIM', KEYS[i], 'MINID', '=', ms(now_ms - ARGV[5]))
  redis.call('PEXPIRE', KEYS[i], ARGV[5])
  if ARGV[3] ~= '1' then
    redis.call('HSET', KEYS[2], ARGV[at], stamp .. ' ' .. ARGV[at + 1])
    redis.call('EXPIRE', KEYS[2], ARGV[4])
  end
end
return 1
"""
)

# keys: lead; args: token, ttl ms
ACQUIRE_LEAD = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""

# keys: lead; args: token
RELEASE_LEAD = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
"""
