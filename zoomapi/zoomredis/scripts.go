package zoomredis

import "github.com/redis/go-redis/v9"

// countScript tells how a line stands and counts calls against the day, all of
// them as far as the day has room, none while the line is held or closed.
//
//	KEYS  pace, day
//	ARGV  now (ms, 0 for the server's time), n, per day (0: no limit), cap
//	      (0: no limit), time to live of the day (s)
//	Out   now (ms), pace (JSON or ""), counted, used, total, limit, closed (ms)
//
// What the caps come to is reckoned as [zoomapi.Standing.Left] does: only our
// own calls use up a day. An end further away than any limit of a day comes
// from a clock that jumped, and closes nothing.
func countScript() *redis.Script {
	return redis.NewScript(`
local now = tonumber(ARGV[1])
if now == 0 then
  local t = redis.call('TIME')
  now = tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
end
local pace = redis.call('GET', KEYS[1]) or ''
local today = math.floor(now / 86400000)
local d = redis.call('HMGET', KEYS[2], 'day', 'used', 'total', 'limit', 'closed')
local used, total, limit, closed = 0, 0, tonumber(d[4]) or 0, tonumber(d[5]) or 0
if (tonumber(d[1]) or -1) >= today then
  used, total = tonumber(d[2]) or 0, tonumber(d[3]) or 0
end
local n, perday, cap = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local held = tonumber(string.match(pace, '"held_ms":(%d+)') or '0')
if closed > (today + 3) * 86400000 then
  closed = 0
end
if held > now or closed > now then
  n = 0
end
if cap > 0 and limit > cap then
  perday = math.floor(perday / cap * limit)
end
if perday > 0 then
  n = math.min(n, math.max(perday - used, 0))
end
if n > 0 then
  used, total = used + n, total + n
  redis.call('HSET', KEYS[2], 'day', today, 'used', used, 'total', total)
  redis.call('EXPIRE', KEYS[2], ARGV[5])
end
return {now, pace, n, used, total, limit, closed}
`)
}

// correctScript takes in Zoom's word on a day, or takes one call back.
//
//	KEYS  day
//	ARGV  now (ms, 0 for the server's time), used by all (0: not said), limit
//	      (0: not said), until when closed (ms, 0: not), calls to take back,
//	      time to live of the day (s), now on the caller's clock, which the
//	      end is on (ms), by how much clocks may differ (ms)
//	Out   nothing
func correctScript() *redis.Script {
	return redis.NewScript(`
local now = tonumber(ARGV[1])
if now == 0 then
  local t = redis.call('TIME')
  now = tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
end
local today = math.floor(now / 86400000)
local d = redis.call('HMGET', KEYS[1], 'day', 'used', 'total', 'closed')
local used, total, closed = 0, 0, tonumber(d[4]) or 0
local till, ahead = tonumber(ARGV[4]), tonumber(ARGV[7]) - now
if till > 0 and math.abs(ahead) > tonumber(ARGV[8]) then
  till = till - ahead
end
if (tonumber(d[1]) or -1) >= today then
  used, total = tonumber(d[2]) or 0, tonumber(d[3]) or 0
end
used = math.max(used - tonumber(ARGV[5]), 0)
total = math.max(total - tonumber(ARGV[5]), tonumber(ARGV[2]), used)
redis.call('HSET', KEYS[1], 'day', today, 'used', used, 'total', total)
if tonumber(ARGV[3]) > 0 then
  redis.call('HSET', KEYS[1], 'limit', ARGV[3])
end
if closed > (today + 3) * 86400000 then
  closed = 0
end
if till > closed then
  closed = till
  redis.call('HSET', KEYS[1], 'closed', string.format('%.0f', till))
end
redis.call('EXPIRE', KEYS[1], math.max(tonumber(ARGV[6]), math.ceil((closed - now) / 1000)))
return 0
`)
}

// reopenScript forgets until when a day is closed.
//
//	KEYS  day
//	Out   how many ends were forgotten
func reopenScript() *redis.Script {
	return redis.NewScript(`return redis.call('HDEL', KEYS[1], 'closed')`)
}

// swapScript replaces a pace that nobody has replaced meanwhile.
//
//	KEYS  pace
//	ARGV  the pace as read (JSON or ""), the new one, its time to live (ms)
//	Out   1 if it was replaced
func swapScript() *redis.Script {
	return redis.NewScript(`
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then
  return 0
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
`)
}

// dropScript forgets a token if it is the one given.
//
//	KEYS  token
//	ARGV  the token as kept
//	Out   1 if it was
func dropScript() *redis.Script {
	return redis.NewScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0
`)
}
