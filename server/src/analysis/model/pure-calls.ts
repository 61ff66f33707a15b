/** Calls whose result depends on nothing but their arguments, and that change none of them. */
export const pureCall =
  /^(?:f?(?:min|max|abs|mod|dim)f?|[iu]?(?:min|max)|l?labs|fabsf?|ceilf?|floorf?|l?l?roundf?|l?l?rintf?|truncf?|r?sqrtf?|cbrtf?|powf?|exp2?f?|expm1f?|log(?:2|10|1p)?f?|a?(?:sin|cos|tan)h?f?|atan2f?|hypotf?|fmaf?|clamp|lerp|dot|length|isnan|isinf|signbit|copysignf?|__u?mul(?:24|hi)|__(?:popc|clz|ffs|brev|fdividef|expf|logf|powf|sinf|cosf|saturatef)(?:ll)?|__(?:float|double|int|uint|ll|half|high|low)\w*2\w+|make_\w+|(?:static|reinterpret|const)_cast|float|int|double|unsigned|size_t|char|bool|short|long|half)$/;

/** Reads of memory that are written as calls. */
export const loadCall = /^__ld(?:g|cg|ca|cs|lu|cv)$/;
