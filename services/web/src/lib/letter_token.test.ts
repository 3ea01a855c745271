import { expect, test, vi } from "vitest";
import { takeLetterToken } from "./letter_token";

const taken = (hash: string) => {
  const replaceState = vi.fn();
  return { token: takeLetterToken({ hash, pathname: "/reset-password" }, { replaceState }), replaceState };
};

test("the token of a letter is taken out of the address", () => {
  const { token, replaceState } = taken("#token=mpr_a-b_C1");
  expect(token).toBe("mpr_a-b_C1");
  expect(replaceState).toHaveBeenCalledWith(null, "", "/reset-password");
});

test("what is no token is left where it is", () => {
  for (const hash of ["", "#", "#token=", "#token=a b", "#other=1"]) {
    const { token, replaceState } = taken(hash);
    expect(token).toBe("");
    expect(replaceState).not.toHaveBeenCalled();
  }
});
