namespace AgentTeams.Samples.WordProblems;

/// <summary>The sentences of which stories are made. <c>{n}</c> is a number, <c>{a}</c> the person, <c>{b}</c> another, <c>{x}</c> the thing, <c>{y}</c> another thing, <c>{p}</c> a place, <c>{c}</c> a container.</summary>
internal static class StoryPhrases
{
    public static IReadOnlyList<string> People { get; } = ["anna", "ben", "carla", "david", "emma", "frank", "grace", "hugo", "ines", "jonas", "kira", "leo", "maria", "noah", "olga", "peter"];

    public static IReadOnlyList<string> Things { get; } = ["apples", "books", "cards", "coins", "cookies", "flowers", "marbles", "pencils", "shells", "stamps", "stickers", "toys"];

    public static IReadOnlyList<string> Places { get; } = ["shop", "school", "farm", "library", "garden", "market"];

    public static IReadOnlyList<string> Containers { get; } = ["boxes", "bags", "baskets", "jars", "crates"];

    public static IReadOnlyList<string> Starts { get; } =
        ["{a} has {n} {x} .", "{a} owns {n} {x} .", "there are {n} {x} in the {p} of {a} .", "{a} starts with {n} {x} .", "{a} brings {n} {x} to the {p} ."];

    /// <summary>The same fact, told after the first event.</summary>
    public static IReadOnlyList<string> Flashbacks { get; } =
        ["before that , {a} had {n} {x} .", "at first there were {n} {x} .", "in the beginning {a} owned {n} {x} ."];

    public static IReadOnlyList<string> ProductStarts { get; } =
        ["{a} has {n} {c} with {n} {x} in each .", "there are {n} {c} and every one holds {n} {x} .", "{a} fills {n} {c} and puts {n} {x} into each of them ."];

    public static IReadOnlyList<string> Gains { get; } =
        ["{a} buys {n} more .", "{b} gives {a} {n} {x} .", "then {n} new {x} arrive .", "{a} finds {n} {x} on the way .", "{n} {x} are added later ."];

    public static IReadOnlyList<string> Losses { get; } =
        ["{a} gives away {n} of them .", "{n} {x} get lost .", "{a} sells {n} {x} .", "{b} takes {n} of the {x} .", "then {n} {x} break ."];

    public static IReadOnlyList<string> Scales { get; } =
        ["each one costs {n} dollars .", "every one of them weighs {n} grams .", "{a} is paid {n} dollars for each ."];

    public static IReadOnlyList<string> Splits { get; } =
        ["{n} friends share them equally .", "they are packed into {n} equal {c} .", "{a} splits them evenly among {n} children ."];

    public static IReadOnlyList<string> Distractors { get; } =
        ["{b} has {n} {y} .", "{a} is {n} years old .", "the {p} is {n} miles away .", "{b} reads {n} pages .", "the {p} opened {n} years ago .", "it takes {n} minutes to get to the {p} ."];

    public static IReadOnlyList<string> CountQuestions { get; } =
        ["how many {x} are there now ?", "how many {x} does {a} have in the end ?", "what is the number of {x} now ?"];

    public static IReadOnlyList<string> ScaleQuestions { get; } =
        ["how much is it for all of them ?", "what is the total ?", "how much does that make altogether ?"];

    public static IReadOnlyList<string> SplitQuestions { get; } =
        ["how many {x} does each one get ?", "how many {x} are in each part ?", "what is the share of each ?"];
}
