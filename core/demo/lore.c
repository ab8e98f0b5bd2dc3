/* Nothing here is anybody's: names are frequent ones joined by chance, streets
 * are invented, NPIs and telephone numbers are of ranges that nobody has. Codes
 * are ones whose meaning is well known; the ordinary ones carry no label of a
 * sensitive subject. */
#include "core/demo/lore.h"

#include <stddef.h>

#define COUNT(table) ((uint32_t)(sizeof(table) / sizeof *(table)))

const char *const keep_lore_family[] = {
    "Adams", "Allen", "Anderson", "Bailey", "Baker", "Barnes", "Bauer", "Becker", "Bell", "Bennett", "Bowman", "Boyd", "Bradley", "Brooks",
    "Brown", "Burke", "Butler", "Campbell", "Carlson", "Carpenter", "Carter", "Castillo", "Chavez", "Clark", "Cole", "Coleman", "Collins", "Cook",
    "Cooper", "Cox", "Crawford", "Cruz", "Cunningham", "Davis", "Diaz", "Dixon", "Douglas", "Duncan", "Edwards", "Elliott", "Ellis", "Evans",
    "Ferguson", "Fisher", "Fleming", "Flores", "Ford", "Foster", "Fox", "Freeman", "Garcia", "Gardner", "Gibson", "Gomez", "Gonzales", "Gordon",
    "Graham", "Grant", "Gray", "Green", "Griffin", "Gutierrez", "Hall", "Hamilton", "Hansen", "Harper", "Harris", "Harrison", "Hart", "Hawkins",
    "Hayes", "Henderson", "Henry", "Hernandez", "Hicks", "Hill", "Holmes", "Howard", "Hudson", "Hughes", "Hunt", "Hunter", "Jackson", "James",
    "Jenkins", "Jensen", "Johnson", "Jones", "Jordan", "Kelley", "Kennedy", "King", "Klein", "Knight", "Larson", "Lawrence", "Lee", "Lewis",
    "Long", "Lopez", "Marshall", "Martin", "Martinez", "Mason", "Matthews", "Mendoza", "Meyer", "Miller", "Mills", "Mitchell", "Moore", "Morales",
    "Morgan", "Morris", "Morrison", "Murphy", "Murray", "Myers", "Nelson", "Nguyen", "Nichols", "Novak", "Olson", "Ortiz", "Owens", "Palmer",
    "Parker", "Patel", "Patterson", "Payne", "Perkins", "Perry", "Peters", "Peterson", "Phillips", "Pierce", "Porter", "Powell", "Price", "Ramirez",
    "Reed", "Reyes", "Reynolds", "Rice", "Richards", "Richardson", "Riley", "Rivera", "Roberts", "Robertson", "Robinson", "Rogers", "Rose", "Ross",
    "Ruiz", "Russell", "Ryan", "Sanchez", "Sanders", "Schmidt", "Schneider", "Schultz", "Scott", "Shaw", "Simmons", "Simpson", "Smith", "Snyder",
    "Spencer", "Stephens", "Stevens", "Stewart", "Stone", "Sullivan", "Taylor", "Thomas", "Thompson", "Torres", "Tran", "Tucker", "Turner", "Vargas",
    "Wagner", "Walker", "Wallace", "Ward", "Warren", "Washington", "Watkins", "Watson", "Weaver", "Webb", "Weber", "Wells", "West", "Wheeler",
    "White", "Williams", "Willis", "Wilson", "Wood", "Woods", "Wright", "Young", "Zimmerman",
};
const uint32_t keep_lore_families = COUNT(keep_lore_family);

const char *const keep_lore_woman[] = {
    "Abigail", "Alice", "Amanda", "Amy", "Andrea", "Angela", "Ann", "Barbara", "Betty", "Beverly", "Brenda", "Carol", "Catherine", "Cheryl",
    "Christine", "Claire", "Cynthia", "Deborah", "Diana", "Donna", "Doris", "Dorothy", "Elena", "Elizabeth", "Emily", "Emma", "Evelyn", "Frances",
    "Gloria", "Grace", "Hannah", "Heather", "Helen", "Irene", "Isabella", "Jacqueline", "Jane", "Janet", "Jean", "Jennifer", "Joan", "Joyce",
    "Judith", "Julia", "Karen", "Katherine", "Kathleen", "Kelly", "Kimberly", "Laura", "Lauren", "Linda", "Lisa", "Lori", "Louise", "Madison",
    "Maria", "Marie", "Marilyn", "Martha", "Mary", "Megan", "Melissa", "Michelle", "Mildred", "Nancy", "Natalie", "Nicole", "Norma", "Olivia",
    "Pamela", "Patricia", "Paula", "Rachel", "Rebecca", "Rosa", "Ruth", "Samantha", "Sandra", "Sara", "Sharon", "Shirley", "Sophia", "Stephanie",
    "Susan", "Teresa", "Theresa", "Tiffany", "Victoria", "Virginia", "Wanda", "Yvonne",
};
const uint32_t keep_lore_women = COUNT(keep_lore_woman);

const char *const keep_lore_man[] = {
    "Aaron", "Adam", "Alan", "Albert", "Alexander", "Andrew", "Anthony", "Arthur", "Benjamin", "Brandon", "Brian", "Bruce", "Carl", "Carlos",
    "Charles", "Christopher", "Craig", "Daniel", "David", "Dennis", "Donald", "Douglas", "Dylan", "Edward", "Eric", "Ethan", "Eugene", "Francis",
    "Frank", "Fred", "Gabriel", "Gary", "George", "Gerald", "Gregory", "Harold", "Harry", "Henry", "Howard", "Jack", "Jacob", "James",
    "Jason", "Jeffrey", "Jeremy", "Jesse", "Joe", "John", "Jonathan", "Jose", "Joseph", "Joshua", "Juan", "Justin", "Keith", "Kenneth",
    "Kevin", "Kyle", "Larry", "Lawrence", "Louis", "Luis", "Mark", "Martin", "Matthew", "Michael", "Nathan", "Nicholas", "Noah", "Patrick",
    "Paul", "Peter", "Philip", "Ralph", "Raymond", "Richard", "Robert", "Roger", "Ronald", "Roy", "Russell", "Ryan", "Samuel", "Scott",
    "Sean", "Stephen", "Steven", "Terry", "Thomas", "Timothy", "Tyler", "Victor", "Vincent", "Walter", "Wayne", "William", "Zachary",
};
const uint32_t keep_lore_men = COUNT(keep_lore_man);

const char *const keep_lore_street[] = {
    "Aspen Hollow Rd", "Bluestem Way", "Bobolink Ln", "Buckbrush Ct", "Burr Oak Ter", "Cattail Ln", "Chalkstone Dr", "Coneflower St", "Cottonseed Ave",
    "Creekbend Rd", "Dickcissel Dr", "Drover Trl", "Fencepost Rd", "Fiddlegrass Ln", "Flinthill Ave", "Gramma Grass Dr", "Grainbelt Ave", "Granger St",
    "Hackberry Bend", "Harvester Rd", "Hedgeapple Ln", "Homestead Loop", "Indiangrass Ct", "Killdeer Cir", "Kingbird Way", "Larkspur Hollow", "Limestone Ter",
    "Loess St", "Longspur Ln", "Meadowlark Bend", "Milkweed Ct", "Millrace St", "Osage Orange Rd", "Oxbow Bend Dr", "Plainsman St", "Plover Ln",
    "Prairie Clover Dr", "Quarryman Ave", "Redwinter Rd", "Sandplum Ln", "Saddle Creek Trl", "Sedgewick Bend", "Shelterbelt Rd", "Sodhouse Ln",
    "Sorghum St", "Sumac Hill Rd", "Sunflower Bend", "Switchgrass Way", "Tallgrass Loop", "Threshing Floor Rd", "Turnrow Ave", "Wagonwheel Ct",
    "Wheatland Ter", "Whippoorwill Way", "Windbreak Dr", "Winterwheat Ln",
};
const uint32_t keep_lore_streets = COUNT(keep_lore_street);

const struct keep_lore_town keep_lore_town[] = {
    {"Salina", "67401"}, {"Abilene", "67410"}, {"McPherson", "67460"}, {"Lindsborg", "67456"}, {"Minneapolis", "67467"},
    {"Ellsworth", "67439"}, {"Concordia", "66901"}, {"Solomon", "67480"}, {"Herington", "67449"},
};
const uint32_t keep_lore_towns = COUNT(keep_lore_town);

const struct keep_lore_institution keep_lore_institution[] = {
    {"1200 Cottonwood Manor Dr", 0, "nursing home", "Cottonwood Manor"},
    {"5 Tallgrass Plaza", 0, "hospital housing", "Tallgrass Residence"},
};
const uint32_t keep_lore_institutions = COUNT(keep_lore_institution);

const struct keep_lore_department keep_lore_department[] = {
    {"Emergency", "ED", KEEP_LORE_CARE, KEEP_LORE_HOSPITAL, "EMER", 16, 20, 0, "Emergency physician", "Registered nurse", "Emergency technician", "207P00000X"},
    {"Family Medicine", "FM", KEEP_LORE_CARE, KEEP_LORE_CLINIC, "AMB", 14, 34, 0, "Family physician", "Registered nurse", "Medical assistant", "207Q00000X"},
    {"Internal Medicine", "IM", KEEP_LORE_CARE, KEEP_LORE_HOSPITAL, "IMP", 18, 14, 6, "Internist", "Registered nurse", "Nursing assistant", "207R00000X"},
    {"Health Information Management", "HIM", KEEP_LORE_DESK, KEEP_LORE_HOSPITAL, NULL, 7, 0, 0, "HIM manager", "Coder", "Release of information specialist", NULL},
    {"Radiology", "RAD", KEEP_LORE_ANCILLARY, KEEP_LORE_HOSPITAL, NULL, 9, 0, 0, "Radiologist", "Radiologic technologist", "Sonographer", "2085R0202X"},
    {"Laboratory", "LAB", KEEP_LORE_ANCILLARY, KEEP_LORE_HOSPITAL, NULL, 8, 0, 0, "Pathologist", "Laboratory scientist", "Phlebotomist", "207ZP0102X"},
    {"Patient Accounts", "PFS", KEEP_LORE_DESK, KEEP_LORE_HOSPITAL, NULL, 7, 0, 0, "Billing manager", "Billing specialist", "Billing specialist", NULL},
    {"Surgery", "SUR", KEEP_LORE_CARE, KEEP_LORE_HOSPITAL, "IMP", 12, 8, 4, "Surgeon", "Registered nurse", "Surgical technologist", "208600000X"},
    {"Patient Access", "REG", KEEP_LORE_DESK, KEEP_LORE_HOSPITAL, NULL, 6, 0, 0, "Access manager", "Registrar", "Scheduler", NULL},
    {"Pediatrics", "PED", KEEP_LORE_CARE, KEEP_LORE_CLINIC, "AMB", 8, 30, 0, "Pediatrician", "Registered nurse", "Medical assistant", "208000000X"},
    {"Obstetrics and Gynecology", "OB", KEEP_LORE_CARE, KEEP_LORE_HOSPITAL, "IMP", 9, 10, 3, "Obstetrician", "Registered nurse", "Nursing assistant", "207V00000X"},
    {"Orthopedics", "ORT", KEEP_LORE_CARE, KEEP_LORE_CLINIC, "AMB", 7, 8, 0, "Orthopedic surgeon", "Registered nurse", "Medical assistant", "207X00000X"},
    {"Cardiology", "CAR", KEEP_LORE_CARE, KEEP_LORE_HOSPITAL, "AMB", 7, 8, 0, "Cardiologist", "Registered nurse", "Cardiac technician", "207RC0000X"},
    {"Physical Therapy", "PT", KEEP_LORE_ANCILLARY, KEEP_LORE_CLINIC, NULL, 5, 0, 0, "Physical therapist", "Physical therapist", "Therapy assistant", "225100000X"},
    {"Information Technology", "IT", KEEP_LORE_DESK, KEEP_LORE_HOSPITAL, NULL, 5, 0, 0, "IT manager", "Systems analyst", "Help desk analyst", NULL},
    {"Security", "SEC", KEEP_LORE_DESK, KEEP_LORE_HOSPITAL, NULL, 4, 0, 0, "Security manager", "Security officer", "Security officer", NULL},
    {"Quality and Case Management", "QM", KEEP_LORE_DESK, KEEP_LORE_HOSPITAL, NULL, 4, 0, 0, "Quality director", "Quality reviewer", "Case manager", NULL},
    {"Nursing Float Pool", "FLT", KEEP_LORE_POOL, KEEP_LORE_HOSPITAL, NULL, 6, 0, 0, "Nurse manager", "Registered nurse", "Nursing assistant", "163W00000X"},
};
const uint32_t keep_lore_departments = COUNT(keep_lore_department);
_Static_assert(COUNT(keep_lore_department) <= KEEP_LORE_DEPARTMENTS_MAX, "departments fit the tables that are indexed by them");

const struct keep_lore_condition keep_lore_condition[] = {
    {KEEP_LORE_ORDINARY, "J06.9", "465.9", "Acute upper respiratory infection", NULL},
    {KEEP_LORE_ORDINARY, "I10", "401.9", "Essential hypertension", NULL},
    {KEEP_LORE_ORDINARY, "E11.9", "250.00", "Type 2 diabetes mellitus", NULL},
    {KEEP_LORE_ORDINARY, "J18.9", "486", "Pneumonia", "195"},
    {KEEP_LORE_ORDINARY, "M54.2", "723.1", "Cervicalgia", NULL},
    {KEEP_LORE_ORDINARY, "N39.0", "599.0", "Urinary tract infection", "690"},
    {KEEP_LORE_ORDINARY, "K21.9", "530.81", "Gastro-esophageal reflux disease", NULL},
    {KEEP_LORE_ORDINARY, "J45.909", "493.90", "Asthma", NULL},
    {KEEP_LORE_ORDINARY, "R07.9", "786.50", "Chest pain", NULL},
    {KEEP_LORE_ORDINARY, "S93.401A", "845.00", "Sprain of ankle", NULL},
    {KEEP_LORE_ORDINARY, "K35.80", "540.9", "Acute appendicitis", NULL},
    {KEEP_LORE_ORDINARY, "E78.5", "272.4", "Hyperlipidemia", NULL},
    {KEEP_LORE_ORDINARY, "I50.9", "428.0", "Heart failure", "293"},
    {KEEP_LORE_ORDINARY, "J44.9", "496", "Chronic obstructive pulmonary disease", "192"},
    {KEEP_LORE_ORDINARY, "K80.20", "574.20", "Gallstones", NULL},
    {KEEP_LORE_ORDINARY, "M17.11", "715.96", "Osteoarthritis of knee", NULL},
    {KEEP_LORE_ORDINARY, "L03.115", "682.6", "Cellulitis of leg", "603"},
    {KEEP_LORE_ORDINARY, "R10.9", "789.00", "Abdominal pain", NULL},
    {KEEP_LORE_ORDINARY, "H66.90", "382.9", "Otitis media", NULL},
    {KEEP_LORE_ORDINARY, "E03.9", "244.9", "Hypothyroidism", NULL},
    {KEEP_LORE_ORDINARY, "N20.0", "592.0", "Kidney stone", NULL},
    {KEEP_LORE_ORDINARY, "D64.9", "285.9", "Anemia", NULL},
    {KEEP_LORE_SUBSTANCE, "F11.20", "304.00", "Opioid dependence", NULL},
    {KEEP_LORE_SUBSTANCE, "F10.20", "303.90", "Alcohol dependence", NULL},
    {KEEP_LORE_HIV, "B20", "042", "Human immunodeficiency virus disease", NULL},
    {KEEP_LORE_MENTAL, "F33.1", "296.32", "Major depressive disorder, recurrent, moderate", NULL},
    {KEEP_LORE_MENTAL, "F41.1", "300.02", "Generalized anxiety disorder", NULL},
    {KEEP_LORE_REPRODUCTIVE, "Z30.2", "V25.2", "Encounter for sterilization", NULL},
};
const uint32_t keep_lore_conditions = COUNT(keep_lore_condition);
const uint32_t keep_lore_ordinary = 22;

/* CPT, with the years of the code book: 77067 since 2017, 77057 from 2007, 76092 before; 71046 since 2018, 71020 before; 80053 since 2000. */
const struct keep_lore_procedure keep_lore_procedure[] = {
    {"Radiology", {{"77067", 2017, 0}, {"77057", 2007, 2016}, {"76092", 1990, 2006}}, "Screening mammography, bilateral", true, "24606-6", NULL, NULL},
    {"Radiology", {{"71046", 2018, 0}, {"71020", 1990, 2017}}, "Chest X-ray, two views", false, "36643-5", NULL, NULL},
    {"Radiology", {{"73610", 1990, 0}}, "Ankle X-ray, three views", false, "18748-4", NULL, NULL},
    {"Laboratory", {{"80053", 2000, 0}}, "Comprehensive metabolic panel", false, "24323-8", "2823-3", "mmol/L"},
    {"Laboratory", {{"85025", 1990, 0}}, "Complete blood count with differential", false, "57021-8", "718-7", "g/dL"},
    {"Laboratory", {{"88305", 1990, 0}}, "Surgical pathology, gross and microscopic examination", false, "11526-1", NULL, NULL},
    {"Physical Therapy", {{"97110", 1990, 0}}, "Therapeutic exercises", false, NULL, NULL, NULL},
    {NULL, {{"93000", 1990, 0}}, "Electrocardiogram with interpretation", false, NULL, NULL, NULL},
    {NULL, {{"12001", 1990, 0}}, "Simple repair of superficial wound", false, NULL, NULL, NULL},
    {NULL, {{"94640", 1990, 0}}, "Inhalation treatment", false, NULL, NULL, NULL},
};
const uint32_t keep_lore_procedures = COUNT(keep_lore_procedure);

const struct keep_lore_coded keep_lore_drug[] = {
    {"314076", "lisinopril 10 MG Oral Tablet", 0, 0}, {"314231", "simvastatin 10 MG Oral Tablet", 0, 0}, {"310798", "hydrochlorothiazide 25 MG Oral Tablet", 0, 0},
    {"860975", "24 HR metformin hydrochloride 500 MG Extended Release Oral Tablet", 0, 0}, {"313782", "acetaminophen 325 MG Oral Tablet", 0, 0},
    {"243670", "aspirin 81 MG Oral Tablet", 0, 0}, {"198405", "ibuprofen 100 MG Oral Tablet", 0, 0},
};
const uint32_t keep_lore_drugs = COUNT(keep_lore_drug);

const struct keep_lore_coded keep_lore_vaccine[] = {
    {"141", "Influenza, seasonal, injectable", 2010, 0}, {"15", "influenza, split (incl. purified surface antigen)", 0, 2009}, {"115", "Tdap", 2006, 0},
    {"09", "Td (adult), 2 Lf tetanus toxoid, preservative free, adsorbed", 0, 0}, {"43", "Hep B, adult", 0, 0}, {"33", "pneumococcal polysaccharide vaccine, 23 valent", 0, 0},
};
const uint32_t keep_lore_vaccines = COUNT(keep_lore_vaccine);

const char *const keep_lore_complaint[] = {
    "Feels unwell since three days.", "Returns as agreed for a check of treatment.", "Pain that began at work yesterday.", "Short of breath on stairs.",
    "Fever at night, eats and drinks well.", "No new complaints.", "Fell at home, walks with help.", "Sleeps badly, otherwise well.",
};
const uint32_t keep_lore_complaints = COUNT(keep_lore_complaint);

const char *const keep_lore_plan[] = {
    "Continue as before, return in three months.", "Laboratory today, call with results.", "Rest, fluids, return if worse.", "Image today, then decide.",
    "Dose raised, check in two weeks.", "Discharged home with written instructions.",
};
const uint32_t keep_lore_plans = COUNT(keep_lore_plan);

const char *keep_lore_code(const struct keep_lore_span span[KEEP_LORE_SPANS], int year)
{
    for (int i = 0; i < KEEP_LORE_SPANS && span[i].code; i++)
        if (year >= span[i].from && (span[i].through == 0 || year <= span[i].through))
            return span[i].code;
    return NULL;
}
