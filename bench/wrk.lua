-- Requests for the paths of a file, with the body of another one if it is given, made once; a summary as one line of JSON.
local requests = {}
local position = 0

local function content_of(path)
    local file = assert(io.open(path, "rb"))
    local content = file:read("a*")
    file:close()
    return content
end

function init(arguments)
    local body = arguments[2] and content_of(arguments[2])
    for path in io.lines(arguments[1]) do
        requests[#requests + 1] = wrk.format(body and "POST" or "GET", path, nil, body)
    end
end

function request()
    position = position % #requests + 1
    return requests[position]
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format('{"requests": %d, "seconds": %f, "errors": %d, "p50_ms": %f, "p99_ms": %f, "p999_ms": %f}\n',
        summary.requests, summary.duration / 1e6, errors.connect + errors.read + errors.write + errors.status + errors.timeout,
        latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency:percentile(99.9) / 1e3))
end
