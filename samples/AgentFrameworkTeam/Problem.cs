using System.Globalization;

namespace AgentTeams.Samples.AgentFrameworkTeam;

/// <summary>A question about two numbers, and the operator that answers it.</summary>
internal sealed record Problem(string Question, string Operator)
{
    private static readonly string[] Things = ["apples", "pens", "nuts", "eggs", "coins", "cards"];

    private static readonly (string Form, string Operator)[] Forms =
    [
        ("{0} {2} and {1} more", "+"), ("{0} {2}, {1} are found", "+"),
        ("{0} {2}, {1} are lost", "-"), ("{0} {2} without {1} of them", "-"),
        ("{0} bags of {1} {2}", "*"), ("{0} boxes with {1} {2} each", "*"),
    ];

    /// <summary>Every question there is, in an order that the seed decides, cut into those to learn from and those held out.</summary>
    public static (Problem[] Training, Problem[] HeldOut) Create(long seed, int training, int heldOut)
    {
        var all = (from form in Forms
                   from thing in Things
                   from a in Enumerable.Range(2, 8)
                   from b in Enumerable.Range(2, 8)
                   select new Problem(string.Format(CultureInfo.InvariantCulture, form.Form, a, b, thing), form.Operator)).ToArray();
        new SeedKey(seed, "problems").ToRandom().Shuffle(all);
        return (all[..training], all[training..(training + heldOut)]);
    }
}
