package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/zoomusers/zoomusers/bot/slacktest"
	"github.com/zoomusers/zoomusers/zoomapi/zoomtest"
)

// theme is a kind of trouble.
type theme string

const (
	themeKill   theme = "kill"
	themeFreeze theme = "freeze"
	themeRedis  theme = "redis"
	themeCut    theme = "cut"
	themeZoom   theme = "zoom"
	themePages  theme = "pages"
	themeSlack  theme = "slack"
	themeFiles  theme = "files"
	themeHands  theme = "hands"
)

func themes() []theme {
	return []theme{themeKill, themeFreeze, themeRedis, themeCut, themeZoom, themePages, themeSlack, themeFiles, themeHands}
}

// fault is one trouble at its time.
type fault struct {
	at   time.Duration
	what string
	do   func(context.Context)
}

// plot draws the faults of a run. The same seed gives the same plot; what it meets differs with the machine.
func (th *theatre) plot() []fault {
	var all []fault
	for _, name := range th.run.themes {
		t, known := th.troubles()[name]
		if !known {
			th.tell("there is no theme %q", name)
			continue
		}
		for at := th.random.between(200*time.Millisecond, t.most); at < th.run.chaos; at += th.random.between(t.least, t.most) {
			f := t.draw()
			f.at = at
			all = append(all, f)
		}
	}
	if th.run.again {
		all = append(all, th.refusals()...)
	}
	slices.SortStableFunc(all, func(a, b fault) int { return cmp.Compare(a.at, b.at) })
	return all
}

// refusals fail some rows, so that there is something to try again.
func (th *theatre) refusals() []fault {
	var all []fault
	for _, f := range []zoomtest.Fault{{Method: http.MethodPost, Path: "/users"}, {Method: http.MethodPatch, Path: "/users/{userId}"}} {
		f.Effect, f.Status, f.Code, f.Message = zoomtest.Respond, http.StatusBadRequest, 300, "Request is not valid."
		f.Times, f.Probability = 2+th.random.n(6), 0.2
		all = append(all, fault{
			what: fmt.Sprintf("Zoom refuses %d of %s %s", f.Times, f.Method, f.Path),
			do:   func(context.Context) { th.zoom.Inject(f) },
		})
	}
	return all
}

// trouble is how often a theme strikes, and how.
type trouble struct {
	least, most time.Duration
	draw        func() fault
}

func (th *theatre) troubles() map[theme]trouble {
	return map[theme]trouble{
		themeKill:   {700 * time.Millisecond, 3 * time.Second, th.drawKill},
		themeFreeze: {4 * time.Second, 10 * time.Second, th.drawFreeze},
		themeRedis:  {2 * time.Second, 6 * time.Second, th.drawRedis},
		themeCut:    {5 * time.Second, 9 * time.Second, th.drawCut},
		themeZoom:   {300 * time.Millisecond, 1500 * time.Millisecond, th.drawZoom},
		themePages:  {400 * time.Millisecond, 2 * time.Second, th.drawPages},
		themeSlack:  {400 * time.Millisecond, 2 * time.Second, th.drawSlack},
		themeFiles:  {3 * time.Second, 9 * time.Second, th.drawFiles},
		themeHands:  {200 * time.Millisecond, 900 * time.Millisecond, th.drawHands},
	}
}

// unleash carries the plot out and returns when everything that it began is over.
func (th *theatre) unleash(ctx context.Context, all []fault) {
	var work sync.WaitGroup
	for _, f := range all {
		wait(ctx, time.Until(th.begun.Add(f.at)))
		if ctx.Err() != nil {
			break
		}
		th.tell("fault: %s", f.what)
		work.Go(func() { f.do(ctx) })
	}
	work.Wait()
}

// drawKill kills a process now, or when it comes to a chosen point.
func (th *theatre) drawKill() fault {
	i := th.random.n(th.run.members)
	if th.random.chance(40) {
		if th.random.chance(10) {
			return fault{what: fmt.Sprintf("SIGTERM to %d", i), do: func(context.Context) { th.fleet.term(i) }}
		}
		return fault{what: fmt.Sprintf("SIGKILL of %d", i), do: func(context.Context) { th.fleet.kill(i) }}
	}
	points := []point{
		{at: beforeZoom, method: http.MethodPost, path: "/users"},
		{at: beforeZoom, method: http.MethodPost, path: "/users", lost: true},
		{at: afterZoom, method: http.MethodPost, path: "/users"},
		{at: afterZoom, method: http.MethodPatch, path: "/users"},
		{at: beforeZoom, method: http.MethodPatch, path: "/users"},
		{at: afterZoom, method: http.MethodPut, path: "/status"},
		{at: beforeZoom, method: http.MethodPut, path: "/status", lost: true},
		{at: afterZoom, method: http.MethodPost, path: "/members"},
		{at: afterZoom, method: http.MethodGet, path: "/users"},
		{at: beforeSlack, path: "/api/files.getUploadURLExternal"},
		{at: beforeSlack, path: "/upload/"},
		{at: afterSlack, path: "/upload/"},
		{at: beforeSlack, path: "/api/files.completeUploadExternal"},
		{at: afterSlack, path: "/api/files.completeUploadExternal"},
		{at: afterSlack, path: "/api/chat.postMessage"},
		{at: afterSlack, path: "/api/chat.update"},
		{at: beforeSlack, path: "/api/chat.update", lost: true},
	}
	p := points[th.random.n(len(points))]
	p.nth = 1 + th.random.n(6)
	what := fmt.Sprintf("SIGKILL %s: %s %s, number %d, lost: %v", p.at, p.method, p.path, p.nth, p.lost)
	p.do = func(member int) {
		th.tell("point reached, SIGKILL of %d: %s %s %s", member, p.at, p.method, p.path)
		th.fleet.kill(member)
	}
	return fault{what: what, do: func(context.Context) { th.witness.aim(p) }}
}

// drawFreeze stops a process for longer than its leases last, at once or in the middle of a call, and lets it go on.
func (th *theatre) drawFreeze() fault {
	lease := 15 * time.Second
	if d, err := time.ParseDuration(th.fleet.env[0]["ZOOMUSERS_JOB_LEASE"]); err == nil {
		lease = d
	}
	i, d := th.random.n(th.run.members), lease+th.random.between(time.Second, lease/2)
	if th.random.chance(30) {
		return fault{what: fmt.Sprintf("SIGSTOP of %d for %s", i, d), do: func(ctx context.Context) {
			thaw := th.fleet.freeze(i)
			wait(ctx, d)
			th.tell("SIGCONT of %d", i)
			thaw()
		}}
	}
	methods := []string{http.MethodPost, http.MethodPatch, http.MethodGet}
	at := point{at: afterZoom, method: methods[th.random.n(len(methods))], path: "/users", nth: 1 + th.random.n(10)}
	return fault{what: fmt.Sprintf("SIGSTOP for %s %s: %s, number %d", d, at.at, at.method, at.nth), do: func(ctx context.Context) {
		frozen := make(chan int, 1)
		thaw := func() {}
		at.do = func(member int) {
			thaw = th.fleet.freeze(member)
			frozen <- member
		}
		th.witness.aim(at)
		select {
		case i := <-frozen:
			th.tell("point reached, SIGSTOP of %d", i)
			wait(ctx, d)
			th.tell("SIGCONT of %d", i)
			thaw()
		case <-ctx.Done():
		}
	}}
}

func (th *theatre) drawRedis() fault {
	switch n := th.random.n(10); {
	case n < 3:
		away := th.random.between(50*time.Millisecond, 4*time.Second)
		return fault{what: fmt.Sprintf("Redis crashes and is away for %s", away), do: func(ctx context.Context) {
			if err := th.redis.restart(ctx, away, 0); err != nil {
				th.tell("redis: %v", err)
			}
		}}
	case n < 6:
		d := th.random.between(500*time.Millisecond, 7*time.Second)
		return fault{what: fmt.Sprintf("Redis stalls for %s", d), do: func(ctx context.Context) { th.redis.stall(ctx, d) }}
	case n < 8:
		return fault{what: "leases are evicted", do: func(ctx context.Context) {
			th.tell("%d leases evicted", th.redis.forget(ctx, "zoomusers:*:lease"))
		}}
	default:
		return fault{what: "the queue's keys are lost", do: func(ctx context.Context) {
			th.tell("%d keys of the queue lost", th.redis.forget(ctx, "asynq:*"))
		}}
	}
}

// drawCut crashes Redis so that it forgets its last second, in a part of the cases together with a bot.
func (th *theatre) drawCut() fault {
	away := th.random.between(50*time.Millisecond, 2*time.Second)
	part := float64(1+th.random.n(100)) / 100
	victim := -1
	if th.random.chance(30) {
		victim = th.random.n(th.run.members)
	}
	return fault{what: fmt.Sprintf("Redis crashes, forgets %.0f %% of its last second and is away for %s; with it process %d", part*100, away, victim), do: func(ctx context.Context) {
		if victim >= 0 {
			th.fleet.kill(victim)
		}
		if err := th.redis.restart(ctx, away, part); err != nil {
			th.tell("redis: %v", err)
		}
	}}
}

func (th *theatre) drawZoom() fault {
	soon := func() map[string]string {
		return map[string]string{"Retry-After": time.Now().Add(2 * time.Second).UTC().Format(time.RFC3339)}
	}
	calls := []struct{ method, path string }{
		{http.MethodPost, "/users"},
		{http.MethodPatch, "/users/{userId}"},
		{http.MethodPut, "/users/{userId}/status"},
		{http.MethodPost, "/groups/{groupId}/members"},
		{http.MethodGet, "/users/{userId}"},
		{http.MethodGet, "/users"},
		{"", ""},
	}
	effects := []zoomtest.Fault{
		{Effect: zoomtest.LimitPerSecond},
		{Effect: zoomtest.LimitPerSecond, NoHeaders: true},
		{Effect: zoomtest.LimitConcurrent},
		{Effect: zoomtest.LimitDaily, Headers: soon()},
		{Effect: zoomtest.LimitUserDaily, Headers: soon()},
		{Effect: zoomtest.Respond, Status: 500, After: true},
		{Effect: zoomtest.Respond, Status: 500},
		{Effect: zoomtest.Respond, Status: 502, Body: "<html>Bad gateway</html>", After: true},
		{Effect: zoomtest.Respond, Status: 503},
		{Effect: zoomtest.Reset},
		{Effect: zoomtest.Reset, After: true},
		{Effect: zoomtest.Reset, Delay: 2 * time.Second},
		{Effect: zoomtest.Reset, Delay: 2 * time.Second, After: true},
		{Effect: zoomtest.Truncate, After: true},
		{Effect: zoomtest.Slow, Delay: 800 * time.Millisecond},
		{Effect: zoomtest.RevokeTokens},
	}
	if th.fleet.env[0]["ZOOMUSERS_ZOOM_TIMEOUT"] != "" {
		effects = append(effects, zoomtest.Fault{Effect: zoomtest.Hang}, zoomtest.Fault{Effect: zoomtest.Hang, After: true})
	}
	c, f := calls[th.random.n(len(calls))], effects[th.random.n(len(effects))]
	f.Method, f.Path, f.Nth, f.Times = c.method, c.path, 1+th.random.n(8), 1+th.random.n(3)
	return fault{
		what: fmt.Sprintf("Zoom: %s %d after: %v, %d of %s %s from number %d", f.Effect, f.Status, f.After, f.Times, f.Method, f.Path, f.Nth),
		do: func(context.Context) {
			if f.Headers != nil {
				f.Headers = soon()
			}
			th.zoom.Inject(f)
		},
	}
}

func (th *theatre) drawPages() fault {
	effects := []zoomtest.Fault{
		{Effect: zoomtest.ExpirePageToken},
		{Effect: zoomtest.OverlapPages, Shift: 1 + th.random.n(5)},
		{Effect: zoomtest.WrongTotal, Shift: 1 + th.random.n(3)},
		{Effect: zoomtest.RevokeTokens},
		{Effect: zoomtest.Truncate, After: true},
		{Effect: zoomtest.Respond, Status: 502},
	}
	f := effects[th.random.n(len(effects))]
	f.Method, f.Path, f.Nth = http.MethodGet, "/users", 1+th.random.n(3)
	return fault{what: fmt.Sprintf("Zoom's list: %s, number %d", f.Effect, f.Nth), do: func(context.Context) { th.zoom.Inject(f) }}
}

func (th *theatre) drawSlack() fault {
	inject := func(f slacktest.Fault) fault {
		return fault{what: fmt.Sprintf("Slack: %+v", f), do: func(context.Context) { th.slack.Inject(f) }}
	}
	times := 1 + th.random.n(3)
	switch th.random.n(12) {
	case 0:
		return inject(slacktest.Fault{Method: "chat.update", RetryAfter: 1, Times: times})
	case 1:
		return inject(slacktest.Fault{Method: "chat.postMessage", Drop: true, After: true, Times: 1})
	case 2:
		return inject(slacktest.Fault{Method: "chat.postMessage", RetryAfter: 1, Times: times})
	case 3:
		return inject(slacktest.Fault{Method: "files.completeUploadExternal", Drop: true, After: true, Times: 1})
	case 4:
		return inject(slacktest.Fault{Method: "files.completeUploadExternal", Status: 500, Times: times})
	case 5:
		return inject(slacktest.Fault{Method: "upload", Status: 503, Times: times})
	case 6:
		return inject(slacktest.Fault{Method: "chat.update", Status: 500, Times: times, After: true})
	case 7:
		return inject(slacktest.Fault{Method: "conversations.replies", Status: 500, Times: times})
	case 8:
		return fault{what: "all sockets of Slack are cut", do: func(context.Context) { th.slack.KillSockets() }}
	case 9:
		return fault{what: "Slack asks to connect anew", do: func(context.Context) { th.slack.Disconnect("refresh_requested") }}
	case 10:
		return fault{what: "acknowledgements are lost", do: func(context.Context) { th.slack.DropAcks(times) }}
	default:
		return fault{what: "a card is deleted", do: func(ctx context.Context) { th.deleteCard(ctx) }}
	}
}

// drawFiles has the next file that is handed in be gone when it is fetched.
func (th *theatre) drawFiles() fault {
	return fault{what: "the next file of Slack is gone", do: func(context.Context) {
		th.slack.Inject(slacktest.Fault{Method: "files.info", Error: "file_deleted", Times: 1})
		th.slack.Inject(slacktest.Fault{Method: "download", Status: http.StatusNotFound, Times: 1})
	}}
}

// deleteCard deletes the card of some job that goes on, as an administrator of the workspace may: of each job twice at most.
func (th *theatre) deleteCard(ctx context.Context) {
	shown := th.shown()
	for id, messages := range shown {
		th.mu.Lock()
		often := th.marred[id] > 1 || messages[0].state.Terminal()
		if !often {
			th.marred[id]++
		}
		th.mu.Unlock()
		if often {
			continue
		}
		form := url.Values{"channel": {slacktest.ChannelAdmins}, "ts": {messages[0].TS}}
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/api/chat.delete", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Authorization", "Bearer "+slacktest.BotToken)
		th.slack.ServeHTTP(httptest.NewRecorder(), r)
		th.tell("card of %s deleted", id)
		return
	}
}

// drawHands changes people in the portal while jobs run.
func (th *theatre) drawHands() fault {
	s := th.specs[th.random.n(len(th.specs))]
	email := s.rows[th.random.n(len(s.rows))][0]
	value := fmt.Sprintf("HAND-%d", th.random.n(1_000_000))
	switch n := th.random.n(10); {
	case n < 4:
		return fault{what: "somebody edits " + email, do: func(context.Context) {
			if th.zoom.Edit(email, func(u *zoomtest.User) { u.Dept = value }) == nil {
				th.byHand(email, handEdit{value: value})
			}
		}}
	case n < 5:
		return fault{what: "somebody removes " + email, do: func(context.Context) {
			if _, there := th.zoom.User(email); there {
				th.byHand(email, handEdit{removed: true})
				th.zoom.Remove(email)
			}
		}}
	case n < 6:
		return fault{what: "somebody adds " + email, do: func(context.Context) { th.addByHand(email, value) }}
	default:
		return fault{what: email + " accepts an invitation", do: func(context.Context) { _ = th.zoom.Activate(email) }}
	}
}

func (th *theatre) addByHand(email, value string) {
	defer func() {
		// The sandbox panics when the address was taken in the same moment.
		_ = recover()
	}()
	if _, there := th.zoom.User(email); !there && !strings.HasSuffix(email, "@nowhere") {
		th.zoom.AddUser(zoomtest.User{Email: email, FirstName: "By", LastName: "Hand", Dept: value})
		th.byHand(email, handEdit{value: value, added: true})
	}
}
