-- One request from the environment, built once: no cost per request. The result is one line of JSON.
wrk.method = os.getenv("WRK_METHOD") or "GET"
local file = os.getenv("WRK_BODY_FILE")
if file then
  local handle = assert(io.open(file, "rb"))
  wrk.body = handle:read("*a")
  handle:close()
  wrk.headers["Content-Type"] = os.getenv("WRK_TYPE")
end
if os.getenv("WRK_COOKIE") then wrk.headers["Cookie"] = os.getenv("WRK_COOKIE") end

done = function(s, latency, requests)
  local e = s.errors
  io.write(string.format(
    'RESULT {"requests":%d,"us":%d,"p50_ms":%.3f,"p99_ms":%.3f,"non2xx":%d,"socket_errors":%d}\n',
    s.requests, s.duration, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    e.status, e.connect + e.read + e.write + e.timeout))
end
