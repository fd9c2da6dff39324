package slots

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// store keeps the bookings in the tables of schema.sql. Who books locks the
// rooms first, so that what is seen to be free stays free.
type store struct{ pool *pgxpool.Pool }

func newStore(pool *pgxpool.Pool) Store { return &store{pool: pool} }

func (s *store) Book(ctx context.Context, who string, slots ...Slot) (id int64, err error) {
	var rooms []string
	for _, slot := range slots {
		if !slot.To.After(slot.From) {
			return 0, fmt.Errorf("book %s from %v to %v: %w", slot.Room, slot.From, slot.To, ErrInvalid)
		}
		rooms = append(rooms, slot.Room)
	}
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if err := lock(ctx, tx, rooms); err != nil {
			return fmt.Errorf("lock rooms: %w", err)
		}
		if err := tx.QueryRow(ctx, `SELECT nextval('booking_ids')`).Scan(&id); err != nil {
			return fmt.Errorf("number a booking: %w", err)
		}
		for _, slot := range slots {
			tag, err := tx.Exec(ctx, `
				INSERT INTO booked (booking, who, room, starts_at, ends_at)
				SELECT $1, $2, $3, $4, $5
				WHERE NOT EXISTS (
					SELECT FROM booked
					WHERE room = $3 AND NOT cancelled AND starts_at < $5 AND ends_at > $4)`,
				id, who, slot.Room, slot.From, slot.To)
			if err != nil {
				return fmt.Errorf("book %s: %w", slot.Room, err)
			}
			if tag.RowsAffected() == 0 {
				return ErrTaken
			}
		}
		return nil
	})
	return id, err
}

// lock holds the rooms until the transaction ends, always in the same order.
func lock(ctx context.Context, tx pgx.Tx, rooms []string) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO rooms (name) SELECT DISTINCT unnest($1::text[]) AS name ORDER BY name
		ON CONFLICT (name) DO UPDATE SET name = excluded.name`, rooms)
	return err
}

func (s *store) Cancel(ctx context.Context, id int64) error {
	tag, err := s.pool.Exec(ctx, `UPDATE booked SET cancelled = true WHERE booking = $1 AND NOT cancelled`, id)
	if err != nil {
		return fmt.Errorf("cancel booking %d: %w", id, err)
	}
	if tag.RowsAffected() == 0 {
		return ErrNotFound
	}
	return nil
}

func (s *store) Free(ctx context.Context, room string, day time.Time) ([]Span, error) {
	year, month, date := day.UTC().Date()
	at := time.Date(year, month, date, 0, 0, 0, 0, time.UTC)
	end := at.AddDate(0, 0, 1)
	rows, _ := s.pool.Query(ctx, `
		SELECT starts_at, ends_at FROM booked
		WHERE room = $1 AND NOT cancelled AND starts_at < $3 AND ends_at > $2
		ORDER BY starts_at`, room, at, end) // its error comes with the rows
	taken, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Span])
	if err != nil {
		return nil, fmt.Errorf("list bookings of %s: %w", room, err)
	}
	var free []Span
	for _, span := range taken {
		if span.From.After(at) {
			free = append(free, Span{at, span.From.UTC()})
		}
		at = span.To.UTC()
	}
	if at.Before(end) {
		free = append(free, Span{at, end})
	}
	return free, nil
}
