package zoomapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
)

// listing describes a list that is read page by page.
type listing[T any] struct {
	call  call
	items string          // Name of the rows in the answer.
	key   func(*T) string // Tells rows apart; "" exempts a row.
	fix   func(*T)        // Completes a row; may be nil.
	// decode reads the rows of a page; nil means row by row.
	decode func(json.RawMessage) ([]T, error)
	onPage func(read, total int) // May be nil.
}

// list yields the rows of a list that was proven complete, or one error.
func list[T any](ctx context.Context, c *Client, l listing[T]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		rows, err := readList(ctx, c, l)
		if err != nil {
			var zero T
			yield(zero, err)
			return
		}
		for i := range rows {
			if !yield(rows[i], nil) {
				return
			}
		}
	}
}

// readList reads a list once more from the start when it does not add up,
// which happens when the account changes meanwhile.
func readList[T any](ctx context.Context, c *Client, l listing[T]) ([]T, error) {
	rows, err := readListOnce(ctx, c, l)
	if _, ok := errors.AsType[*ListingError](err); ok {
		c.log.DebugContext(ctx, "zoom list read again", "path", l.call.pattern, "err", err)
		rows, err = readListOnce(ctx, c, l)
	}
	return rows, err
}

// readListOnce follows the page tokens to the end and checks the sum.
func readListOnce[T any](ctx context.Context, c *Client, l listing[T]) ([]T, error) {
	var rows []T
	total, duplicates, token := -1, 0, ""
	seen, tokens := make(map[string]bool), make(map[string]bool)
	broken := func(reason string) error {
		return &ListingError{
			Path: l.call.pattern, Total: total, Rows: len(rows), Duplicates: duplicates, Reason: reason,
		}
	}
	for {
		page := l.call
		if token != "" {
			page.query = maps.Clone(page.query)
			if page.query == nil {
				page.query = make(map[string][]string)
			}
			page.query.Set("next_page_token", token)
		}
		answer, err := readPage(ctx, c, page, l)
		if e, ok := errors.AsType[*Error](err); ok && token != "" && e.Code == 300 {
			return nil, broken("page token refused")
		}
		if err != nil {
			return nil, err
		}
		if answer.total >= 0 {
			total = answer.total
		}
		for i := range answer.rows {
			row := &answer.rows[i]
			if l.fix != nil {
				l.fix(row)
			}
			if key := l.key(row); key != "" {
				if seen[key] {
					duplicates++
				}
				seen[key] = true
			}
		}
		rows = append(rows, answer.rows...)
		if l.onPage != nil {
			l.onPage(len(rows), total)
		}
		token = answer.next
		if token == "" {
			break
		}
		if tokens[token] {
			return nil, broken("page token came back")
		}
		tokens[token] = true
	}
	if duplicates > 0 {
		return nil, broken("rows delivered twice")
	}
	// A total of zero beside rows says that the total was left out, not that nobody is there.
	if total > 0 && total != len(rows) {
		return nil, broken("rows do not add up to the reported total")
	}
	return rows, nil
}

// page is one answer of a list.
type page[T any] struct {
	rows  []T
	next  string
	total int // -1 if not reported.
}

func readPage[T any](ctx context.Context, c *Client, cl call, l listing[T]) (page[T], error) {
	var raw map[string]json.RawMessage
	cl.out = &raw
	if err := c.do(ctx, cl); err != nil {
		return page[T]{}, err
	}
	p := page[T]{total: -1}
	var next flexString
	var total flexInt
	errs := []error{decodeField(raw, "next_page_token", &next)}
	if rows, ok := raw[l.items]; ok {
		var err error
		if l.decode != nil {
			p.rows, err = l.decode(rows)
		} else {
			err = json.Unmarshal(rows, &p.rows)
		}
		errs = append(errs, err)
	}
	if value, ok := raw["total_records"]; ok && string(value) != "null" {
		errs = append(errs, decodeField(raw, "total_records", &total))
		p.total = int(total)
	}
	if _, ok := raw[l.items]; !ok && p.total != 0 {
		errs = append(errs, fmt.Errorf("no %s in the answer", l.items))
	}
	if err := errors.Join(errs...); err != nil {
		return page[T]{}, &transportError{op: cl.op(), err: err}
	}
	p.next = string(next)
	return p, nil
}

// decodeField decodes one field of an object; a missing one is left alone.
func decodeField(raw map[string]json.RawMessage, name string, out any) error {
	value, ok := raw[name]
	if !ok {
		return nil
	}
	if err := json.Unmarshal(value, out); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
