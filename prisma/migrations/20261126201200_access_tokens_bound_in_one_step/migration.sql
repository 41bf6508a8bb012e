-- Records that something is tied to an access token, unless the token is revoked. Until the transaction ends, the token can't be revoked:
-- uses of a token share a lock, and a revocation needs it exclusively. In a function, so that a statement can do it as its first step and
-- still sees what was committed before it got the lock.
CREATE FUNCTION "bind_access_token"("token" BYTEA, "keys" BYTEA[], "issued" TIMESTAMPTZ, "expires" TIMESTAMPTZ) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  -- The order is that of all who take these locks, so that there are no deadlocks.
  PERFORM pg_advisory_xact_lock_shared(hashtextextended('access token ' || encode("key", 'hex'), 0)) FROM unnest("keys") AS "key";
  IF EXISTS (
    SELECT FROM "token_revocation" WHERE "key" = ANY("keys") AND ("issued_until" IS NULL OR "issued_until" >= "issued")
  ) THEN
    RETURN false;
  END IF;
  -- Usually it is there, and then its row is not locked: others use the same token at the same time.
  IF NOT EXISTS (SELECT FROM "access_token" WHERE "hash" = "token" AND "expires_at" >= "expires") THEN
    INSERT INTO "access_token" ("hash", "revocation_keys", "issued_at", "expires_at")
    VALUES ("token", "keys", "issued", "expires")
    ON CONFLICT ("hash") DO UPDATE SET "expires_at" = excluded."expires_at" WHERE "access_token"."expires_at" < excluded."expires_at";
  END IF;
  RETURN true;
END
$$;
