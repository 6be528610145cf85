using System.Text.RegularExpressions;

namespace AgentTeams.Storage;

/// <summary>Redactors of what texts of people and programs commonly hold. They know forms, not meanings: names and addresses of people stay.</summary>
public static partial class Redactors
{
    private const int Timeout = 2000;

    /// <summary>Replaces e-mail addresses by "[email]".</summary>
    public static ITextFinder Email { get; } = new RegexRedactor(new TextSearch(EmailPattern(), TextStarts.Email), "[email]");

    /// <summary>
    /// Replaces keys of well-known services, bearer tokens, JSON web tokens, private keys and what follows words such as "password=" by "[secret]", and the
    /// whole value of members that are named so.
    /// </summary>
    public static ITextFinder Secrets { get; } = new SecretRedactor();

    /// <summary>Replaces numbers of 13 to 19 digits with a card's first digit and a right check digit (ISO/IEC 7812, Luhn) by "[card]".</summary>
    public static ITextFinder CreditCards { get; } = new RegexRedactor(new TextSearch(CardPattern(), TextStarts.Card), "[card]", HasCheckDigit);

    /// <summary>
    /// Replaces telephone numbers of 8 to 15 digits by "[phone]": those with a country's code behind a plus sign, and national ones that are written in groups.
    /// A bare run of digits stays, as most of them are something else.
    /// </summary>
    public static ITextFinder PhoneNumbers { get; } = new RegexRedactor(new TextSearch(PhonePattern(), TextStarts.Phone), "[phone]", text => text.Count(char.IsAsciiDigit) is >= 8 and <= 15);

    /// <summary>All of them; what a recorder uses unless it is told otherwise.</summary>
    public static IReadOnlyList<ITextRedactor> Default { get; } = [Secrets, Email, CreditCards, PhoneNumbers];

    private static bool HasCheckDigit(string text)
    {
        var sum = 0;
        var isSecond = false;
        for (var i = text.Length - 1; i >= 0; i--)
        {
            if (!char.IsAsciiDigit(text[i])) continue;
            var digit = text[i] - '0';
            sum += !isSecond ? digit : digit < 5 ? 2 * digit : (2 * digit) - 9;
            isSecond = !isSecond;
        }

        return sum % 10 == 0;
    }

    [GeneratedRegex(@"\G(?<![\w.%+'-])[\w.%+'-]+@(?:[\w-]+\.)+\w{2,}", RegexOptions.None, Timeout)]
    internal static partial Regex EmailPattern();

    [GeneratedRegex(@"\G(?<![\w.-])[2-6](?:[ -]?[0-9]){12,18}(?![\w-])", RegexOptions.None, Timeout)]
    internal static partial Regex CardPattern();

    [GeneratedRegex(@"\G(?<![\w.+-])(?:(?:\+|00)[1-9][0-9]{0,2}(?:[ ./-]{0,2}\(?[0-9]{1,5}\)?){1,6}"
        + @"|(?:1[ .-])?(?:\([0-9]{3}\)[ ]?|[0-9]{3}[ .-])[0-9]{3}[ .-][0-9]{4}"
        + @"|\(?0[0-9]{1,4}\)?[ /-]{1,3}[0-9]{3,}(?:[ -]?[0-9]{2,})*)(?![\w-])", RegexOptions.None, Timeout)]
    internal static partial Regex PhonePattern();
}
