"""Fully written sentences in the demo's vocabulary, from which interviews can be built."""

SCRIPTED = """
Good morning, and thank you for joining me today.
Before we start, are you happy for me to record the interview?
Yes, that is fine.
You can stop the interview at any time.
Okay, thank you.
Can you tell me a bit about yourself?
My name is Margaret and I live in Bristol with my husband.
I have two children and five grandchildren.
How did you first hear about the service?
My doctor told me about it last year.
She said that a link worker could help me.
I didn't know what a link worker was.
And what happened after that?
A lady called Sarah called me on the phone.
She listened to me for an hour.
It was the first time that somebody really listened to me.
How did you feel at the beginning?
I was very anxious and I could not sleep at night.
I felt lonely, because my family lives in Manchester.
When did the support start?
It started in March, just before the first lockdown.
What was it like during the lockdown?
It was difficult, because I could not leave the house.
We talked on the phone once a week.
Sometimes we had a video call, but I don't like the computer.
Did your link worker visit you at home?
No, not in the lockdown.
She sent me a letter every month.
What did you talk about?
We talked about my health, my family and the garden.
She asked me what was important to me.
I told her that I used to love singing.
So she found a choir for me.
The choir was online, and it was a bit strange.
But I made new friends, and that was lovely.
How do you feel now?
I feel much better now.
I go walking with my neighbour every morning.
On a scale from zero to ten, how happy are you with the service?
I would give it nine out of ten.
Why not ten?
Because it took six weeks to get the first appointment.
Is there anything else you would like to tell me?
No, I think that is all.
Thank you very much for talking to me.
I am a link worker in Leeds.
I have been in this job for three years.
I work with about fifty clients.
Most of our clients have anxiety or depression.
Many of them live alone.
What kind of problems did people have during the pandemic?
Money problems, housing problems and loneliness.
Some people had no food at home.
We worked with the food bank and the church.
The volunteers did the shopping for us.
How has your work changed?
Before the pandemic we saw people face to face.
Then we had to do everything on the phone.
You can't see how people really feel on the phone.
Some clients didn't answer the phone at all.
Others wanted to talk for two hours.
It was hard to say goodbye.
Did you get any training?
We had one day of training in April.
It was not very helpful.
I learned more from the other link workers.
We had a meeting every Monday morning.
That meeting really helped me.
What about your own health?
I was tired, and I worked too much.
My manager was very kind.
She told me to take a week off.
I manage a team of eight link workers.
We had ten referrals in January and fifty in June.
The doctors sent us everyone.
We did not have the staff for that.
The funding ended in September.
Nobody knew what would happen next.
It is difficult to plan when you have no money.
What would you like to see in the future?
I would like to see more funding for community groups.
Social prescribing needs good groups in the community.
You can't send people to a group that is closed.
The council closed the library and the gym.
Only the community garden was open.
People need fresh air and company.
Yes, exactly.
I think the government should listen to us.
They never asked us what we need.
So what did you do?
We started a walking group in the park.
At first there were three people, and now there are twenty.
David lost his job in May.
He had back pain and he was very sad.
He joined the men's group in October.
Now he is a volunteer in the food bank.
That is a good story.
What helped him most?
He had a routine again, and he met people.
How do you work with the nurses at the surgery?
The nurses are great, but they have no time.
They send us an email, and then we call the patient.
Do you have enough information about the patient?
Not always, no.
Sometimes we only have a name and a number.
That is quite frustrating.
What do you think about the app?
The app is useful for young people.
Older people don't use it.
My mother is eighty and she still writes letters.
Did people worry about the vaccine?
Yes, some people were afraid of it.
We gave them clear information.
Then most of them were happy to have it.
My husband died in November.
I'm so sorry to hear that.
Helen from the charity helped me with the letters.
I could not have done it without her.
Okay, one last question.
What does health mean to you?
Health means that I can see my family and my friends.
That is a lovely answer.
I will stop the recording now.
Have a good day, and stay safe.
""".strip().split("\n")
