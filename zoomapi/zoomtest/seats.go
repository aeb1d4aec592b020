package zoomtest

import (
	"errors"
	"fmt"
)

// ErrNoPool is returned by SetSeats and AddSeats for licences there are none
// of.
var ErrNoPool = errors.New("zoomtest: no such licence")

// SetSeats sets how many seats of a licence the account has: "licensed",
// "basic", "phone", or with a size "webinar", "large_meeting", "zoom_one" or
// "united". Seats that are taken stay taken: nobody loses a licence by it. A
// size that was not there is bought. A negative number lifts the limit of
// "basic", and means none for the others.
func (a *Account) SetSeats(licence string, size int64, seats int) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.setSeats(licence, size, seats)
}

// AddSeats adds seats to a licence, named as for SetSeats, or takes some away,
// down to none. Without a limit there is nothing to add to.
func (a *Account) AddSeats(licence string, size int64, n int) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	seats, limited := a.seats(poolKey{poolKind(licence), size})
	if !limited {
		return fmt.Errorf("%w with a limit: %s", ErrNoPool, licence)
	}
	return a.setSeats(licence, size, max(max(seats, 0)+n, 0))
}

func (a *Account) setSeats(licence string, size int64, seats int) error {
	s := &a.opts.Seats
	limited := max(seats, 0)
	switch kind := poolKind(licence); {
	case kind == poolLicensed && size == 0:
		s.Licensed = limited
	case kind == poolPhone && size == 0:
		s.Phone = limited
	case kind == poolBasic && size == 0 && seats < 0:
		s.Basic = 0
	case kind == poolBasic && size == 0 && seats == 0:
		s.Basic = -1 // 0 is the default: no limit.
	case kind == poolBasic && size == 0:
		s.Basic = seats
	case kind == poolWebinar && size > 0:
		s.Webinar[int(size)] = limited
	case kind == poolLarge && size > 0:
		s.LargeMeeting[int(size)] = limited
	case kind == poolZoomOne && size > 0:
		s.ZoomOne[size] = limited
	case kind == poolUnited && size > 0:
		s.United[size] = limited
	default:
		return fmt.Errorf("%w: %s of size %d", ErrNoPool, licence, size)
	}
	return nil
}
