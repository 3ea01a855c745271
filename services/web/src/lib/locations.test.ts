import { describe, expect, it } from "vitest";
import { choicesOf, locationWarning } from "./locations";

describe("locations", () => {
  it("are those where a checker was seen, and those that a check has", () => {
    expect(choicesOf(["default", "moon"], ["mars"])).toEqual(["default", "moon", "mars"]);
    expect(choicesOf([], ["default"])).toEqual(["default"]);
  });

  it("warn where no checker was seen, once it is known where there are some", () => {
    expect(locationWarning(["default", "moon"], ["default", "mars"])).toMatch(/^No checker has been seen at mars/);
    expect(locationWarning(["default"], ["default"])).toBe("");
    expect(locationWarning(undefined, ["mars"])).toBe("");
    expect(locationWarning([], ["default"])).toBe("");
  });
});
