#include "core/model/state.h"

#include <string.h>
#include <strings.h>

/* USPS Publication 28, appendix B: states, the district and the possessions. */
static const char *const states[][2] = {
    {"AL", "Alabama"}, {"AK", "Alaska"}, {"AS", "American Samoa"}, {"AZ", "Arizona"}, {"AR", "Arkansas"}, {"CA", "California"},
    {"CO", "Colorado"}, {"CT", "Connecticut"}, {"DE", "Delaware"}, {"DC", "District of Columbia"}, {"FL", "Florida"}, {"GA", "Georgia"},
    {"GU", "Guam"}, {"HI", "Hawaii"}, {"ID", "Idaho"}, {"IL", "Illinois"}, {"IN", "Indiana"}, {"IA", "Iowa"}, {"KS", "Kansas"},
    {"KY", "Kentucky"}, {"LA", "Louisiana"}, {"ME", "Maine"}, {"MD", "Maryland"}, {"MA", "Massachusetts"}, {"MI", "Michigan"},
    {"MN", "Minnesota"}, {"MS", "Mississippi"}, {"MO", "Missouri"}, {"MT", "Montana"}, {"NE", "Nebraska"}, {"NV", "Nevada"},
    {"NH", "New Hampshire"}, {"NJ", "New Jersey"}, {"NM", "New Mexico"}, {"NY", "New York"}, {"NC", "North Carolina"},
    {"ND", "North Dakota"}, {"MP", "Northern Mariana Islands"}, {"OH", "Ohio"}, {"OK", "Oklahoma"}, {"OR", "Oregon"},
    {"PA", "Pennsylvania"}, {"PR", "Puerto Rico"}, {"RI", "Rhode Island"}, {"SC", "South Carolina"}, {"SD", "South Dakota"},
    {"TN", "Tennessee"}, {"TX", "Texas"}, {"UT", "Utah"}, {"VT", "Vermont"}, {"VI", "Virgin Islands"}, {"VA", "Virginia"},
    {"WA", "Washington"}, {"WV", "West Virginia"}, {"WI", "Wisconsin"}, {"WY", "Wyoming"},
};

struct keep_str keep_state_code(struct keep_str s)
{
    for (size_t i = 0; s.n && i < sizeof states / sizeof *states; i++)
        for (int k = 0; k < 2; k++)
            if (strlen(states[i][k]) == s.n && strncasecmp(states[i][k], s.p, s.n) == 0)
                return keep_str_of(states[i][0]);
    return (struct keep_str){NULL, 0};
}

bool keep_state_is_code(struct keep_str s)
{
    return s.n == 2 && keep_str_eq(keep_state_code(s), s);
}

bool keep_state_is_place(struct keep_str place)
{
    return keep_str_is(place, "US") || (place.n == 5 && memcmp(place.p, "US-", 3) == 0 && keep_state_is_code((struct keep_str){place.p + 3, 2}));
}

struct keep_str keep_state_of_place(struct keep_str place)
{
    bool joined = place.n > 3 && strncasecmp(place.p, "US-", 3) == 0;
    return keep_state_code(joined ? (struct keep_str){place.p + 3, place.n - 3} : place);
}
