package zoomtest

import (
	"context"
	"errors"
	"maps"
	"net"
	"net/http"
	"time"
)

var errUnknownEffect = errors.New("unknown effect")

// hangLimit ends a hang whose client never gives up, so that a server can stop.
const hangLimit = 10 * time.Minute

// commits tells whether the call takes effect although a fault decides the
// answer. Cutting a read short needs the answer that is cut.
func (f *armed) commits(c *call) bool {
	return f.After || (f.Effect == Truncate && c.r.Method == http.MethodGet)
}

// instead is the answer of a call that a fault kept from taking effect.
func (f *armed) instead(c *call, a *Account) answer {
	var ans answer
	switch f.Effect {
	case LimitPerSecond:
		ans = perSecondRefusal(c.route.class, max(a.perSecond(c.route.class), 1))
	case LimitDaily:
		ans = dailyRefusal(c.route.class, a.dailyShown(c), c.now)
	case LimitUserDaily:
		limit := a.dailyShown(c)
		ans = userDailyRefusal(c.route.class, limit, max(limit-17, 1))
	case LimitConcurrent:
		ans = concurrentRefusal()
	case Truncate:
		// Nothing was done: the answer breaks off before it says anything.
		return answer{status: http.StatusOK, body: []byte(`{"id":"","email":"","first_name":"","last_name":""}`)}
	case Respond, Hang, Reset, Slow, RevokeTokens, ExpirePageToken, OverlapPages, WrongTotal:
		if f.Body != "" {
			ans = answer{status: f.Status, code: f.Code, body: []byte(f.Body)}
		} else {
			ans = refuse(f.Status, f.Code, or(f.Message, or(http.StatusText(f.Status), "Error")))
		}
	}
	header := map[string]string{}
	if f.NoHeaders {
		header = noRateHeaders()
	} else {
		maps.Copy(header, ans.header)
	}
	maps.Copy(header, f.Headers)
	ans.header = header
	return ans
}

// insteadAfter is the answer of a call that took effect before the fault.
func (f *armed) insteadAfter(ans answer, c *call, a *Account) answer {
	if f.Effect == Truncate {
		return ans
	}
	return f.instead(c, a)
}

func (a *Account) dailyShown(c *call) int {
	if c.route.create {
		return max(a.perDay(a.limits().CreatePerDay), 1)
	}
	if n := a.perDay(a.limits().of(c.route.class).PerDay); n > 0 {
		return n
	}
	return 6_000
}

// logged is what the call log says of a call this fault ended.
func (f *armed) logged(ans answer) (status, code int) {
	if f.Effect == Hang || f.Effect == Reset {
		return 0, 0
	}
	return ans.status, ans.code
}

// deliver sends the answer in the fault's way.
func (f *armed) deliver(w http.ResponseWriter, r *http.Request, ans answer) {
	switch f.Effect {
	case Hang:
		ctx, cancel := context.WithTimeout(r.Context(), hangLimit)
		defer cancel()
		<-ctx.Done()
		panic(http.ErrAbortHandler)
	case Reset:
		cut(w)
	case Truncate:
		data := ans.encode()
		if len(data) < 2 {
			cut(w)
		}
		ans.writeHead(w, len(data))
		_, _ = w.Write(data[:len(data)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	case Respond, LimitPerSecond, LimitDaily, LimitUserDaily, LimitConcurrent,
		Slow, RevokeTokens, ExpirePageToken, OverlapPages, WrongTotal:
		ans.write(w)
	}
}

// cut ends the connection with a reset where the server allows it, else by
// breaking off the handler. It does not return.
func cut(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		if tcp, isTCP := conn.(*net.TCPConn); isTCP {
			_ = tcp.SetLinger(0)
		}
		_ = conn.Close()
	}
	panic(http.ErrAbortHandler)
}
