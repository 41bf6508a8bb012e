-- Keeps access tokens from being revoked until the transaction ends, as bind_access_token, for a statement that many callers share: it
-- waits for nobody, and writes nothing. There is a row for each token, by its place: true if it is held, false if it is revoked, and null
-- if it is just being revoked or not on record yet. Such a token has to be bound in a transaction of its own.
-- Times are milliseconds since 1970, so that none is out of the range of a timestamp. The keys of all tokens are in one list, each with the
-- place of its token.
CREATE FUNCTION "hold_access_tokens"("tokens" TEXT[], "issued" BIGINT[], "expires" BIGINT[], "keys" TEXT[], "places" INT[])
RETURNS TABLE ("place" INT, "valid" BOOLEAN) LANGUAGE plpgsql VOLATILE ROWS 10 AS $$
DECLARE
  "busy" INT[] := ARRAY(
    SELECT "of"."place" FROM unnest("keys", "places") AS "of" ("key", "place")
    WHERE NOT pg_try_advisory_xact_lock_shared(hashtextextended('access token ' || "of"."key", 0)));
BEGIN
  -- A statement of its own, which sees what was committed before the locks were taken.
  RETURN QUERY
    SELECT "asked"."place"::int, CASE
      WHEN "asked"."place" = ANY("busy") THEN NULL
      WHEN EXISTS (
        SELECT FROM unnest("keys", "places") AS "of" ("key", "place") JOIN "token_revocation" ON "token_revocation"."key" = decode("of"."key", 'hex')
        WHERE "of"."place" = "asked"."place" AND ("issued_until" IS NULL OR extract(epoch FROM "issued_until") * 1000 >= "asked"."issued")
      ) THEN false
      WHEN EXISTS (
        SELECT FROM "access_token" WHERE "hash" = decode("asked"."token", 'hex') AND extract(epoch FROM "expires_at") * 1000 >= "asked"."expires"
      ) THEN true
    END
    FROM unnest("tokens", "issued", "expires") WITH ORDINALITY AS "asked" ("token", "issued", "expires", "place");
END
$$;
