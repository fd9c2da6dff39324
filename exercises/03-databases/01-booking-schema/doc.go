// Package bookingschema holds booking.sql, the tables of a house with rooms to book.
package bookingschema
