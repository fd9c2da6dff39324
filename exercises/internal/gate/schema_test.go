package gate_test

const schema = `
	CREATE TABLE accounts (id bigint PRIMARY KEY, balance bigint NOT NULL);
	CREATE TABLE log (id bigint GENERATED ALWAYS AS IDENTITY, line text);
	CREATE FUNCTION deposit(account bigint, amount bigint) RETURNS void LANGUAGE sql AS
		'UPDATE accounts SET balance = balance + amount WHERE id = account';
	CREATE VIEW rich AS SELECT id FROM accounts WHERE balance > 1000;`
