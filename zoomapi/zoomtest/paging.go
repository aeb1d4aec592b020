package zoomtest

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// pageTokenLife is how long a next_page_token works.
const pageTokenLife = 15 * time.Minute

// pageAsk is what a list call asked for.
type pageAsk struct {
	kind    string // the list and its filters; a token works for one kind only
	size    int
	number  int   // page_number, 1 when a token is used
	after   int64 // continue behind this sequence number
	token   bool
	overlap int
	now     time.Time
}

// askPage reads the paging parameters of a call.
func askPage(c *call, kind string, def, limit int) (pageAsk, answer, bool) {
	ask := pageAsk{kind: kind, number: 1, overlap: c.faults.overlap, now: c.now}
	var ans answer
	var good bool
	if ask.size, ans, good = queryInt(c, "page_size", def, 1, limit); !good {
		return ask, ans, false
	}
	raw := c.query.Get("next_page_token")
	if raw == "" {
		ask.number, ans, good = queryInt(c, "page_number", 1, 1, 1<<30)
		return ask, ans, good
	}
	after, expires, good := readPageToken(raw, kind)
	if !good || !c.now.Before(expires) || c.faults.expirePage {
		return ask, badRequest(300, "The next page token is either invalid or expired."), false
	}
	ask.after, ask.token = after, true
	return ask, answer{}, true
}

// cutPage takes the asked page out of a list ordered by seq. next is empty at
// the end.
func cutPage[T any](items []T, ask pageAsk, seq func(T) int64) (page []T, next string) {
	start := min((ask.number-1)*ask.size, len(items))
	if ask.token {
		i, found := findSeq(items, ask.after, seq)
		if found {
			i++
		}
		start = min(max(i-ask.overlap, 0), len(items))
	}
	end := min(start+ask.size, len(items))
	page = items[start:end]
	if end < len(items) {
		next = pageToken(ask.kind, seq(items[end-1]), ask.now.Add(pageTokenLife))
	}
	return page, next
}

func pageToken(kind string, after int64, expires time.Time) string {
	return base64.RawURLEncoding.EncodeToString([]byte(
		strconv.FormatInt(after, 10) + " " + strconv.FormatInt(expires.UnixMilli(), 10) + " " + kind))
}

func readPageToken(raw, kind string) (after int64, expires time.Time, good bool) {
	text, err := base64.RawURLEncoding.DecodeString(raw)
	if err != nil {
		return 0, expires, false
	}
	parts := strings.SplitN(string(text), " ", 3)
	if len(parts) != 3 || parts[2] != kind {
		return 0, expires, false
	}
	after, err1 := strconv.ParseInt(parts[0], 10, 64)
	ms, err2 := strconv.ParseInt(parts[1], 10, 64)
	return after, time.UnixMilli(ms), err1 == nil && err2 == nil
}

func pageCount(total, size int) int { return (total + size - 1) / size }
