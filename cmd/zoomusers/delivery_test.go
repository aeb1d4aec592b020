package main

import (
	"context"
	"net"
	"net/http"
	"testing"

	"github.com/zoomusers/zoomusers/bot"
	"github.com/zoomusers/zoomusers/bot/slacktest"
)

// httpDelivery has the sandbox of Slack call a bot by signed requests. The bot chooses its port after the sandbox has begun,
// so the sandbox waits for its address, which the test puts into the channel.
func httpDelivery(t *testing.T) (*slacktest.HTTPDelivery, chan<- string) {
	t.Helper()
	address := make(chan string, 1)
	transport := &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		select {
		case a := <-address:
			address <- a
			return (&net.Dialer{}).DialContext(ctx, network, a)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}}
	t.Cleanup(transport.CloseIdleConnections)
	const base = "http://bot.example.com"
	return &slacktest.HTTPDelivery{
		RequestURL: base + bot.PathEvents, CommandsURL: base + bot.PathCommands, InteractionsURL: base + bot.PathInteractions,
		Client: &http.Client{Transport: transport},
	}, address
}
