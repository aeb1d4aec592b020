package redisstore

import "github.com/redis/go-redis/v9"

// createScript stores a new job.
//
// KEYS[1] job, KEYS[2] meta, KEYS[3] audit
// ARGV[1] job as JSON, ARGV[2] revision, ARGV[3] token of this write, ARGV[4..] audit entries
// Output: 1, or 0 when the job exists. A repetition of the same write, whose answer was lost, gives 1 too.
var createScript = redis.NewScript(`
if redis.call("EXISTS", KEYS[1]) == 1 then
  if redis.call("HGET", KEYS[2], "write") == ARGV[3] then return 1 end
  return 0
end
redis.call("SET", KEYS[1], ARGV[1])
redis.call("HSET", KEYS[2], "rev", ARGV[2], "write", ARGV[3])
for i = 4, #ARGV do redis.call("RPUSH", KEYS[3], ARGV[i]) end
return 1`)

// restored is a function that gives the revision of a job. Where a server has thrown the meta key away, it is made again of
// the job's record: the worker of that time has lost its lease then, and the next one goes on. nil when there is no such job.
const restored = `
local function restored(job, meta)
  local rev = redis.call("HGET", meta, "rev")
  if rev then return rev end
  local raw = redis.call("GET", job)
  if not raw then return nil end
  rev = string.format("%.0f", cjson.decode(raw).rev)
  redis.call("HSET", meta, "rev", rev)
  return rev
end
`

// updateScript replaces a job if nobody else did meanwhile.
//
// KEYS[1] job, KEYS[2] meta, KEYS[3] audit
// ARGV[1] revision that was read, ARGV[2] new revision, ARGV[3] job as JSON, ARGV[4] token of this write, ARGV[5] token of
// the lease or "" for none, ARGV[6] what a person wants of the job, ARGV[7..] audit entries
// Output: 1 done, 0 the revision is another, -1 no such job, -2 the lease is not the newest. A repetition of the same
// write, whose answer was lost, gives 1 too.
var updateScript = redis.NewScript(restored + `
local rev = restored(KEYS[1], KEYS[2])
if not rev or redis.call("EXISTS", KEYS[1]) == 0 then return -1 end
if redis.call("HGET", KEYS[2], "write") == ARGV[4] then return 1 end
if ARGV[5] ~= "" and redis.call("HGET", KEYS[2], "owner") ~= ARGV[5] then return -2 end
if rev ~= ARGV[1] then return 0 end
redis.call("SET", KEYS[1], ARGV[3], "KEEPTTL")
redis.call("HSET", KEYS[2], "rev", ARGV[2], "write", ARGV[4], "wish", ARGV[6])
for i = 7, #ARGV do redis.call("RPUSH", KEYS[3], ARGV[i]) end
return 1`)

// leaseScript takes a job's lease and raises its fence.
//
// KEYS[1] lease, KEYS[2] meta, KEYS[3] job
// ARGV[1] token, ARGV[2] time to live in ms
// Output: the fence, 0 when somebody else holds the lease, -1 when there is no such job.
var leaseScript = redis.NewScript(restored + `
if not restored(KEYS[3], KEYS[2]) then return -1 end
if redis.call("GET", KEYS[1]) == ARGV[1] then return tonumber(redis.call("HGET", KEYS[2], "fence") or 1) end
if not redis.call("SET", KEYS[1], ARGV[1], "NX", "PX", ARGV[2]) then return 0 end
redis.call("HSET", KEYS[2], "owner", ARGV[1])
return redis.call("HINCRBY", KEYS[2], "fence", 1)`)

// extendScript prolongs a lease that is still held. A lease that ended while nobody took another is taken again.
//
// KEYS[1] lease, KEYS[2] meta
// ARGV[1] token, ARGV[2] time to live in ms
// Output: 1, or 0 when it is lost.
var extendScript = redis.NewScript(`
if redis.call("HGET", KEYS[2], "owner") ~= ARGV[1] then return 0 end
local holder = redis.call("GET", KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call("SET", KEYS[1], ARGV[1], "PX", ARGV[2])
return 1`)

// keepScript prolongs a key that holds a value, or sets it when it is gone.
//
// KEYS[1] key
// ARGV[1] value, ARGV[2] time to live in ms
// Output: 1, or 0 when it holds another value.
var keepScript = redis.NewScript(`
local holder = redis.call("GET", KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call("SET", KEYS[1], ARGV[1], "PX", ARGV[2])
return 1`)

// releaseScript removes a key if it holds a value.
//
// KEYS[1] key
// ARGV[1] value
// Output: 1 removed, 0 not.
var releaseScript = redis.NewScript(`
if redis.call("GET", KEYS[1]) == ARGV[1] then return redis.call("DEL", KEYS[1]) end
return 0`)

// rowsScript writes ledger rows under a lease.
//
// KEYS[1] rows, KEYS[2] meta
// ARGV[1] token of the lease, ARGV[2..] line and row as JSON, in turn
// Output: the number of the write and what a person wants of the job, or 0 and "" when the lease is not the newest; then
// nothing is written.
var rowsScript = redis.NewScript(`
if redis.call("HGET", KEYS[2], "owner") ~= ARGV[1] then return {0, ""} end
for i = 2, #ARGV, 2 do redis.call("HSET", KEYS[1], ARGV[i], ARGV[i + 1]) end
return {redis.call("HINCRBY", KEYS[2], "seq", 1), redis.call("HGET", KEYS[2], "wish") or ""}`)

// blobScript writes what is large under a lease.
//
// KEYS[1] blob, KEYS[2] meta
// ARGV[1] token of the lease, ARGV[2] content
// Output: 1, or 0 when the lease is not the newest; then nothing is written.
var blobScript = redis.NewScript(`
if redis.call("HGET", KEYS[2], "owner") ~= ARGV[1] then return 0 end
redis.call("SET", KEYS[1], ARGV[2])
return 1`)

// engageScript makes a job the holder of people, or of none of them if another job holds one.
//
// KEYS[1] people
// ARGV[1] job, ARGV[2..] people
// Output: "" and 0, or the job that holds the first of them that is held, and how many it holds.
var engageScript = redis.NewScript(`
local holder, held = "", 0
for i = 2, #ARGV do
  local by = redis.call("HGET", KEYS[1], ARGV[i])
  if by and by ~= ARGV[1] then
    if holder == "" then holder = by end
    if by == holder then held = held + 1 end
  end
end
if holder ~= "" then return {holder, held} end
for i = 2, #ARGV do redis.call("HSET", KEYS[1], ARGV[i], ARGV[1]) end
return {"", 0}`)

// disengageScript frees people that a job holds.
//
// KEYS[1] people
// ARGV[1] job, ARGV[2..] people
// Output: how many.
var disengageScript = redis.NewScript(`
local n = 0
for i = 2, #ARGV do
  if redis.call("HGET", KEYS[1], ARGV[i]) == ARGV[1] then n = n + redis.call("HDEL", KEYS[1], ARGV[i]) end
end
return n`)
