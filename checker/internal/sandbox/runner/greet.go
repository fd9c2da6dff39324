package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"time"
)

// greet sends a startup message, as "Message Formats" in PostgreSQL's documentation has it, and succeeds when the server
// answers that it wants to see a password. A server that starts up, or shuts down, answers with an error instead.
func greet(ctx context.Context, address string) (err error) {
	dialer := net.Dialer{Timeout: time.Second}
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Second)); err != nil {
		return err
	}
	const protocol = 3 << 16
	message := binary.BigEndian.AppendUint32(nil, 0)
	message = binary.BigEndian.AppendUint32(message, protocol)
	message = append(message, "user\x00postgres\x00database\x00postgres\x00\x00"...)
	binary.BigEndian.PutUint32(message, uint32(len(message)))
	if _, err := conn.Write(message); err != nil {
		return err
	}
	var answer [1]byte
	if _, err := io.ReadFull(conn, answer[:]); err != nil {
		return err
	}
	if answer[0] != 'R' { // Authentication…
		return fmt.Errorf("the server answers %q", answer)
	}
	return nil
}
