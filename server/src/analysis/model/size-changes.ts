/** Containers whose number of elements is followed. */

const vectorType = /^(?:::)?(?:\w+::)*(?:vector|host_vector|device_vector|universal_vector)\s*</;

/** `std::vector<float>` and its like, whose `h(n)` the grammar may take for a function. */
export function isVector(base: string): boolean {
  return vectorType.test(base);
}

/** Methods that change how many elements there are; the first argument of `resize` and `assign` says to how many. */
export const sizeChange =
  /^(?:resize|assign|clear|push_back|emplace_back|emplace|insert|erase|pop_back|swap|shrink_to_fit|append)$/;
