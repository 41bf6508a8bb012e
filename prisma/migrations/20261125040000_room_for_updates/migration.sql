-- A delivery is written three times: made, claimed, completed. With room on its page, the claim touches no index.
ALTER TABLE "webhook_delivery" SET (fillfactor = 50);
