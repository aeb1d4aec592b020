package zoomtest

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// answer is what a call will be told. A nil body is an empty one.
type answer struct {
	status int
	code   int // Zoom's error number, 0 on success
	body   any
	header map[string]string // an empty value takes the header away
}

type errorBody struct {
	Code    int          `json:"code"`
	Message string       `json:"message"`
	Errors  []fieldError `json:"errors,omitempty"`
}

type fieldError struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

func ok(status int, body any) answer { return answer{status: status, body: body} }

func done() answer { return answer{status: http.StatusNoContent} }

func refuse(status, code int, message string) answer {
	return answer{status: status, code: code, body: errorBody{Code: code, Message: message}}
}

func invalid(errs ...fieldError) answer {
	return answer{
		status: http.StatusBadRequest, code: 300,
		body: errorBody{Code: 300, Message: "Validation Failed.", Errors: errs},
	}
}

func invalidField(field, message string) answer {
	return invalid(fieldError{Field: field, Message: message})
}

func notFound(code int, message string) answer { return refuse(http.StatusNotFound, code, message) }

func badRequest(code int, message string) answer {
	return refuse(http.StatusBadRequest, code, message)
}

func noUser(ref string) answer { return notFound(1001, "User does not exist: "+ref+".") }

// shortage puts an exhausted pool into Zoom's words.
func (a *Account) shortage(key poolKey, activating bool) answer {
	seats, _ := a.seats(key)
	switch key.kind {
	case poolBasic:
		return badRequest(2033, "Your account has reached the limit of "+strconv.Itoa(seats)+" Basic users.")
	case poolPhone:
		return notFound(1102, "Unable to assign Zoom Phone. Your account has no Zoom Phone licence left.")
	case poolWebinar:
		return badRequest(200, "You can add max "+strconv.Itoa(max(seats, 0))+" webinar users.")
	case poolLarge:
		return badRequest(200, "You can add max "+strconv.Itoa(max(seats, 0))+" large meeting users.")
	case poolZoomOne:
		return badRequest(2038, "Your account has reached the maximum number of Zoom One users.")
	case poolUnited:
		return badRequest(3412, "You have reached the maximum number of users of this subscription.")
	case poolLicensed, poolPending, poolHosts:
	}
	if activating {
		return badRequest(3412, "You have reached the maximum number of users of this type.")
	}
	return badRequest(2034, "Your account has reached the maximum number of paid users. You can add max "+strconv.Itoa(seats)+" paid users.")
}

// write sends the answer. Bodies are JSON with a Content-Length.
func (ans answer) write(w http.ResponseWriter) {
	data := ans.encode()
	ans.writeHead(w, len(data))
	_, _ = w.Write(data) // the client may be gone; nothing to do about it
}

func (ans answer) encode() []byte {
	switch body := ans.body.(type) {
	case nil:
		return nil
	case []byte:
		return body
	default:
		data, err := json.Marshal(body)
		if err != nil {
			panic("zoomtest: encode answer: " + err.Error())
		}
		return data
	}
}

func (ans answer) writeHead(w http.ResponseWriter, length int) {
	h := w.Header()
	if ans.body != nil {
		h.Set("Content-Type", "application/json;charset=UTF-8")
	}
	for k, v := range ans.header {
		if v == "" {
			h.Del(k)
		} else {
			h.Set(k, v)
		}
	}
	if ans.status != http.StatusNoContent {
		h.Set("Content-Length", strconv.Itoa(length))
	}
	w.WriteHeader(ans.status)
}
